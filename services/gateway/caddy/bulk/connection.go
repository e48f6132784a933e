// Package bulk carries large bodies between a client and one service over plain HTTP/1.1, at the least cost a byte.
//
// Go's own transport copies every body in pieces of 32 KiB through this process. Here a download goes from one socket to
// the other inside the kernel (splice, by way of net.TCPConn.ReadFrom), and an upload in pieces of 1 MiB.
package bulk

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"sync"
	"syscall"
	"time"
)

// headBytes is the reading buffer of a connection: heads of answers fit; of a body as little as possible should land in it.
const headBytes = 4 << 10

// patience is how long the service may take to say whether it wants a body (`Expect: 100-continue`).
const patience = time.Second

// piece is how much of an upload is read and written at a time.
const piece = 1 << 20

var pieces = sync.Pool{New: func() any { buffer := make([]byte, piece); return &buffer }}

// A connection to the service carries one exchange at a time.
type connection struct {
	net.Conn
	reader  *bufio.Reader
	rested  time.Time   // since when it lies idle
	settled func() bool // ends the watch over the request's context; false where the request was cancelled
}

// alive reports whether an idle connection can still be used: its other end has neither closed it nor said anything.
// A read with a deadline would not even look, so the socket itself is asked (as database drivers do).
func (c *connection) alive() bool {
	socket, can := c.Conn.(syscall.Conn)
	if !can || c.reader.Buffered() > 0 {
		return false
	}
	raw, err := socket.SyscallConn()
	if err != nil {
		return false
	}
	silent := false
	err = raw.Read(func(descriptor uintptr) bool {
		_, _, peeked := syscall.Recvfrom(int(descriptor), make([]byte, 1), syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		silent = peeked == syscall.EAGAIN
		return true
	})
	return err == nil && silent
}

// exchange sends a request and returns the head of its answer; the body is read from the connection afterwards.
// started tells whether anything of the request's body was taken from it: then it cannot be sent again.
func (c *connection) exchange(request *http.Request) (response *http.Response, started bool, err error) {
	c.settled = context.AfterFunc(request.Context(), func() { _ = c.SetDeadline(time.Unix(1, 0)) })
	if err = writeHead(c.Conn, request); err != nil {
		return nil, false, err
	}
	if request.ContentLength <= 0 {
		response, err = c.answer(request)
		return response, false, err
	}
	if request.Header.Get("Expect") == "100-continue" {
		if response, err = c.wanted(request); response != nil || err != nil {
			return response, false, err
		}
	}
	sent := make(chan error, 1)
	go func() { sent <- c.sendBody(request) }()
	response, err = c.answer(request)
	select {
	case failed := <-sent: // what went wrong first may be the sending: the client left
		if err != nil {
			return nil, true, errors.Join(failed, err)
		}
		response.Close = response.Close || failed != nil
	default:
		if err == nil {
			response.Close = true // answered before the body was there, as a refusal is
		}
	}
	return response, true, err
}

// wanted waits for the word of the service: nil and no error when the body is to be sent, else its final answer.
func (c *connection) wanted(request *http.Request) (*http.Response, error) {
	_ = c.SetReadDeadline(time.Now().Add(patience))
	response, err := http.ReadResponse(c.reader, request)
	if resetErr := c.SetReadDeadline(time.Time{}); resetErr != nil {
		return nil, resetErr
	}
	if errors.Is(err, os.ErrDeadlineExceeded) && c.reader.Buffered() == 0 && request.Context().Err() == nil {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if response.StatusCode == http.StatusContinue {
		return nil, nil
	}
	response.Close = true // the client may send its body all the same; this connection has seen nothing of it
	return response, nil
}

// answer reads the head of the final answer.
func (c *connection) answer(request *http.Request) (*http.Response, error) {
	for {
		response, err := http.ReadResponse(c.reader, request)
		if err != nil || response.StatusCode >= http.StatusOK {
			return response, err
		}
	}
}

func (c *connection) sendBody(request *http.Request) error {
	defer func() { _ = request.Body.Close() }()
	buffer := pieces.Get().(*[]byte)
	defer pieces.Put(buffer)
	body := io.LimitReader(request.Body, request.ContentLength)
	sent, err := io.CopyBuffer(onlyWriter{c.Conn}, onlyReader{body}, *buffer)
	if err == nil && sent < request.ContentLength {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		_ = c.SetReadDeadline(time.Now().Add(patience)) // a refusal may still be on its way
	}
	return err
}

// writeHead sends everything but the body, in one piece. Header values cannot break out of their line.
func writeHead(to io.Writer, request *http.Request) error {
	buffer := bufio.NewWriterSize(to, headBytes)
	_, _ = buffer.WriteString(request.Method + " " + request.URL.RequestURI() + " HTTP/1.1\r\nHost: " + hostOf(request) + "\r\n")
	if request.ContentLength > 0 || request.Method == http.MethodPut {
		_, _ = buffer.WriteString("Content-Length: " + strconv.FormatInt(request.ContentLength, 10) + "\r\n")
	}
	without := map[string]bool{"Host": true, "Content-Length": true, "Transfer-Encoding": true, "Connection": true}
	if request.Header.Get("User-Agent") == "" {
		without["User-Agent"] = true
	}
	if err := request.Header.WriteSubset(buffer, without); err != nil {
		return err
	}
	_, _ = buffer.WriteString("\r\n")
	return buffer.Flush()
}

func hostOf(request *http.Request) string {
	if request.Host != "" {
		return request.Host
	}
	return request.URL.Host
}

// Hide what the two ends could do with each other, so that a copy uses the buffer that it is given.
type (
	onlyWriter struct{ io.Writer }
	onlyReader struct{ io.Reader }
)
