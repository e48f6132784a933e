package bulk

import (
	"io"
	"net/http"
	"sync/atomic"
)

// Upload is the body of a client's request, for a transport to read.
//
// A transport may close a body that it has not read to its end, and may still read when the answer is there: a service refuses
// before it has seen everything. Go's server then has to know what is left on the connection, and tells the client that it
// closes it. But it looks for that in a body of its own type, which Caddy puts into another one, and takes a body that it finds
// closed for one that was read: what is left would be parsed as the next request. So a transport closes this one only.
type Upload struct {
	body  io.Reader
	ended atomic.Bool
}

// NewUpload wraps the body of a request.
func NewUpload(body io.Reader) *Upload {
	return &Upload{body: body}
}

// Read reads the body, until it was closed here.
func (u *Upload) Read(p []byte) (int, error) {
	if u.ended.Load() {
		return 0, http.ErrBodyReadAfterClose
	}
	return u.body.Read(p)
}

// Close ends reading; the rest is the server's.
func (u *Upload) Close() error {
	u.ended.Store(true)
	return nil
}
