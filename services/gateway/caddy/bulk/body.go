package bulk

import (
	"context"
	"errors"
	"io"
	"net/http"
	"syscall"
)

// A body of a known length that is still on its connection.
type body struct {
	connection *connection
	left       int64
	target     io.ReaderFrom // where it goes to, socket to socket; nil: whoever reads it
	broken     bool
	release    func(*connection, bool)
}

// Read fills p; where there is a target, it moves everything there first and has then nothing to read.
func (b *body) Read(p []byte) (int, error) {
	if b.left == 0 {
		return 0, io.EOF
	}
	var read int
	var err error
	switch {
	case b.connection.reader.Buffered() > 0:
		read, err = b.connection.reader.Read(p[:min(int64(len(p)), b.left)])
		b.left -= int64(read)
	case b.target != nil:
		var moved int64
		moved, err = b.target.ReadFrom(&io.LimitedReader{R: b.connection.Conn, N: b.left})
		b.left -= moved
		if err == nil && b.left > 0 {
			err = io.ErrUnexpectedEOF
		}
		if errors.Is(err, syscall.EPIPE) {
			err = context.Canceled // the client left, which is no fault of the service's
		}
	default:
		read, err = b.connection.Conn.Read(p[:min(int64(len(p)), b.left)])
		b.left -= int64(read)
	}
	if err == io.EOF && b.left > 0 {
		err = io.ErrUnexpectedEOF
	}
	b.broken = b.broken || err != nil
	return read, err
}

// Close gives the connection back, or ends it where something of the body is still on it.
func (b *body) Close() error {
	if b.release != nil {
		b.release(b.connection, b.left == 0 && !b.broken)
		b.release = nil
	}
	return nil
}

// An answer whose length is not known beforehand, as Go's own reader reads it.
type plainBody struct {
	io.ReadCloser
	connection *connection
	ended      bool
	release    func(*connection, bool)
}

func (b *plainBody) Read(p []byte) (int, error) {
	read, err := b.ReadCloser.Read(p)
	b.ended = b.ended || err == io.EOF
	return read, err
}

func (b *plainBody) Close() error {
	err := b.ReadCloser.Close()
	if b.release != nil {
		b.release(b.connection, b.ended)
		b.release = nil
	}
	return err
}

// onConnection puts the right body into an answer.
func onConnection(c *connection, response *http.Response, target io.ReaderFrom, release func(*connection, bool)) {
	closing := response.Close
	whenDone := func(c *connection, whole bool) { release(c, whole && !closing) }
	if response.ContentLength > 0 && len(response.TransferEncoding) == 0 && response.Request.Method != http.MethodHead {
		response.Body = &body{connection: c, left: response.ContentLength, target: target, release: whenDone}
		return
	}
	response.Body = &plainBody{
		ReadCloser: response.Body, connection: c, ended: response.ContentLength == 0, release: whenDone,
	}
}
