package bulk

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"sync"
	"time"
)

// smallest is the length from which an upload is carried here; smaller ones are Go's own transport's.
const smallest = 1 << 20

// Dial makes a connection to the service that a request is for.
type Dial func(context.Context) (net.Conn, error)

// Transport keeps idle connections to one service.
type Transport struct {
	Dial        Dial
	IdleTimeout time.Duration // less than the service's own, or a request meets a connection that is just being closed
	MostIdle    int

	mutex sync.Mutex
	idle  []*connection // the one used last is at the end
}

// Carries reports whether a request is one for this transport: a download, or a large upload of a known length.
func Carries(request *http.Request) bool {
	switch request.Method {
	case http.MethodGet:
		return request.ContentLength == 0 && request.Header.Get("Upgrade") == ""
	case http.MethodPut:
		return request.ContentLength >= smallest && len(request.Trailer) == 0
	}
	return false
}

// RoundTrip sends a request that Carries and returns its answer. Its body goes to `target` in one step when it is first
// read, where that is not nil and the length is known.
func (t *Transport) RoundTrip(request *http.Request, target io.ReaderFrom) (*http.Response, error) {
	for {
		connection, kept, err := t.take(request.Context())
		if err != nil {
			return nil, err
		}
		response, started, err := connection.exchange(request)
		if err == nil {
			onConnection(connection, response, target, t.release)
			return response, nil
		}
		connection.settled()
		_ = connection.Close()
		if !kept || started || request.Context().Err() != nil {
			return nil, err
		}
	}
}

// Close ends the idle connections.
func (t *Transport) Close() {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	for _, connection := range t.idle {
		_ = connection.Close()
	}
	t.idle = nil
}

// take returns a connection, and whether it was used before.
func (t *Transport) take(ctx context.Context) (*connection, bool, error) {
	for {
		kept := t.pop()
		if kept == nil {
			break
		}
		if time.Since(kept.rested) < t.IdleTimeout && kept.alive() {
			return kept, true, nil
		}
		_ = kept.Close()
	}
	made, err := t.Dial(ctx)
	if err != nil {
		return nil, false, err
	}
	return &connection{Conn: made, reader: bufio.NewReaderSize(made, headBytes)}, false, nil
}

func (t *Transport) pop() *connection {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	last := len(t.idle) - 1
	if last < 0 {
		return nil
	}
	kept := t.idle[last]
	t.idle = t.idle[:last]
	return kept
}

func (t *Transport) release(c *connection, whole bool) {
	whole = c.settled() && whole // a cancelled request leaves a deadline behind
	t.mutex.Lock()
	defer t.mutex.Unlock()
	if !whole || len(t.idle) >= t.MostIdle {
		_ = c.Close()
		return
	}
	c.rested = time.Now()
	t.idle = append(t.idle, c)
}
