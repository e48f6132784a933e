package bulk

import (
	"io"
	"net/http"
	"time"
)

// step is how much goes from socket to socket before the client must have taken it; patient is how long it may need for that:
// 3.5 kB a second. Whoever takes nothing is let go.
const (
	step    = 1 << 20
	patient = 5 * time.Minute
)

// Target is a client's end of an answer.
type Target struct {
	http.ResponseWriter
	control *http.ResponseController
}

// NewTarget watches over an answer to a client.
func NewTarget(w http.ResponseWriter) *Target {
	return &Target{w, http.NewResponseController(w)}
}

// Unwrap is how http.ResponseController finds what is behind.
func (t *Target) Unwrap() http.ResponseWriter { return t.ResponseWriter }

// Write sends p, which the client has to take in time.
func (t *Target) Write(p []byte) (int, error) {
	t.hurry()
	return t.ResponseWriter.Write(p)
}

// ReadFrom sends everything that comes from source: inside the kernel, where both ends are plain sockets.
func (t *Target) ReadFrom(source io.Reader) (int64, error) {
	to, can := t.ResponseWriter.(io.ReaderFrom)
	limited, bounded := source.(*io.LimitedReader)
	if !can || !bounded {
		return io.Copy(onlyWriter{t}, source)
	}
	var sent int64
	for limited.N > 0 {
		t.hurry()
		wanted := min(limited.N, step)
		moved, err := to.ReadFrom(&io.LimitedReader{R: limited.R, N: wanted})
		sent += moved
		limited.N -= moved
		if err != nil || moved < wanted {
			return sent, err
		}
	}
	return sent, nil
}

// hurry begins the client's time anew. Where that cannot be done, the server's own limits hold.
func (t *Target) hurry() {
	_ = t.control.SetWriteDeadline(time.Now().Add(patient))
}
