package bulk

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// A service that stores what is put and gives it back, and counts the connections made to it.
type service struct {
	*httptest.Server
	connections atomic.Int32
	stored      []byte
}

func started(t *testing.T) (*service, *Transport) {
	t.Helper()
	s := new(service)
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(s.serve))
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			s.connections.Add(1)
		}
	}
	s.Start()
	t.Cleanup(s.Server.Close)
	transport := &Transport{IdleTimeout: time.Minute, MostIdle: 4, Dial: func(ctx context.Context) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "tcp", s.Listener.Addr().String())
	}}
	t.Cleanup(transport.Close)
	return s, transport
}

func (s *service) serve(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.URL.Path == "/refused":
		http.Error(w, "no", http.StatusForbidden)
	case r.URL.Path == "/streamed":
		_, _ = w.Write([]byte("one "))
		w.(http.Flusher).Flush()
		_, _ = w.Write([]byte("two"))
	case r.URL.Path == "/broken":
		w.Header().Set("Content-Length", "1000")
		_, _ = w.Write([]byte("only this"))
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	case r.Method == http.MethodPut:
		s.stored, _ = io.ReadAll(r.Body)
		w.Header().Set("X-Host", r.Host)
	default:
		w.Header().Set("Content-Length", strconv.Itoa(len(s.stored)))
		_, _ = w.Write(s.stored)
	}
}

func request(t *testing.T, method, path string, content []byte) *http.Request {
	t.Helper()
	made, err := http.NewRequestWithContext(t.Context(), method, "http://storage"+path, bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func ask(t *testing.T, transport *Transport, asked *http.Request, target io.ReaderFrom) (int, []byte) {
	t.Helper()
	response, err := transport.RoundTrip(asked, target)
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	if err := response.Body.Close(); err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, content
}

func random(t *testing.T, size int) []byte {
	t.Helper()
	content := make([]byte, size)
	if _, err := rand.Read(content); err != nil {
		t.Fatal(err)
	}
	return content
}

func TestWhatIsPutComesBack(t *testing.T) {
	s, transport := started(t)
	content := random(t, 5<<20)
	for _, expect := range []string{"", "100-continue"} {
		put := request(t, http.MethodPut, "/object", content)
		if expect != "" {
			put.Header.Set("Expect", expect)
		}
		if status, _ := ask(t, transport, put, nil); status != http.StatusOK || !bytes.Equal(s.stored, content) {
			t.Fatalf("expect %q: status %d, %d of %d bytes stored", expect, status, len(s.stored), len(content))
		}
	}
	if _, got := ask(t, transport, request(t, http.MethodGet, "/object", nil), nil); !bytes.Equal(got, content) {
		t.Fatalf("%d of %d bytes came back", len(got), len(content))
	}
}

func TestDownloadGoesToItsTargetWhole(t *testing.T) {
	s, transport := started(t)
	s.stored = random(t, 3<<20)
	target := new(bytes.Buffer)
	_, first := ask(t, transport, request(t, http.MethodGet, "/object", nil), target)
	// What came with the head is read in the ordinary way, before the rest goes to the target.
	if got := append(first, target.Bytes()...); !bytes.Equal(got, s.stored) || target.Len() == 0 {
		t.Fatalf("%d bytes read and %d in the target, expected %d in all", len(first), target.Len(), len(s.stored))
	}
}

func TestConnectionIsUsedAgain(t *testing.T) {
	s, transport := started(t)
	s.stored = random(t, 100)
	for range 5 {
		ask(t, transport, request(t, http.MethodGet, "/object", nil), nil)
		ask(t, transport, request(t, http.MethodGet, "/streamed", nil), nil)
		ask(t, transport, request(t, http.MethodPut, "/empty", nil), nil)
	}
	if made := s.connections.Load(); made != 1 {
		t.Fatalf("expected 1 connection, found %d", made)
	}
}

func TestConnectionThatTheServiceClosedIsNotUsed(t *testing.T) {
	s, transport := started(t)
	ask(t, transport, request(t, http.MethodGet, "/object", nil), nil)
	s.CloseClientConnections()
	if status, _ := ask(t, transport, request(t, http.MethodPut, "/object", random(t, 10)), nil); status != http.StatusOK {
		t.Fatalf("status %d", status)
	}
	if made := s.connections.Load(); made != 2 {
		t.Fatalf("expected 2 connections, found %d", made)
	}
}

func TestAnswerWithoutALengthIsReadToItsEnd(t *testing.T) {
	_, transport := started(t)
	target := new(bytes.Buffer)
	if _, got := ask(t, transport, request(t, http.MethodGet, "/streamed", nil), target); string(got) != "one two" {
		t.Fatalf("found %q", got)
	}
}

func TestUploadThatIsRefusedIsAnswered(t *testing.T) {
	_, transport := started(t)
	for _, expect := range []string{"", "100-continue"} {
		put := request(t, http.MethodPut, "/refused", random(t, 2<<20))
		if expect != "" {
			put.Header.Set("Expect", expect)
		}
		if status, said := ask(t, transport, put, nil); status != http.StatusForbidden || strings.TrimSpace(string(said)) != "no" {
			t.Fatalf("expect %q: %d %q", expect, status, said)
		}
	}
}

func TestDownloadThatBreaksOffIsAnError(t *testing.T) {
	_, transport := started(t)
	for _, target := range []io.ReaderFrom{nil, new(bytes.Buffer)} {
		response, err := transport.RoundTrip(request(t, http.MethodGet, "/broken", nil), target)
		if err != nil {
			t.Fatal(err)
		}
		if _, err = io.ReadAll(response.Body); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Fatalf("expected an unexpected end, found %v", err)
		}
		_ = response.Body.Close()
	}
}

func TestUploadThatBreaksOffStoresNothing(t *testing.T) {
	s, transport := started(t)
	put := request(t, http.MethodPut, "/object", random(t, 2<<20))
	put.Body = io.NopCloser(io.LimitReader(put.Body, 1<<20)) // the client left half-way
	if response, err := transport.RoundTrip(put, nil); err == nil && response.StatusCode == http.StatusOK {
		t.Fatalf("expected an error, found %v with %d bytes stored", response.Status, len(s.stored))
	}
}

func TestCancelledRequestEnds(t *testing.T) {
	_, transport := started(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := transport.RoundTrip(request(t, http.MethodGet, "/object", nil).WithContext(ctx), nil); err == nil {
		t.Fatal("expected an error, found an answer")
	}
}

func TestOnlyDownloadsAndLargeUploadsAreCarried(t *testing.T) {
	large := random(t, smallest)
	for _, one := range []struct {
		method  string
		content []byte
		carried bool
	}{
		{http.MethodGet, nil, true}, {http.MethodPut, large, true}, {http.MethodPut, large[:100], false},
		{http.MethodPost, large, false}, {http.MethodHead, nil, false}, {http.MethodDelete, nil, false},
	} {
		if Carries(request(t, one.method, "/", one.content)) != one.carried {
			t.Errorf("%s of %d bytes: expected carried %v", one.method, len(one.content), one.carried)
		}
	}
}

func TestHeaderCannotBreakOutOfItsLine(t *testing.T) {
	asked := request(t, http.MethodGet, "/object", nil)
	asked.Header["X-Amz-Meta"] = []string{"a\r\nX-Other: b"}
	head := new(bytes.Buffer)
	if err := writeHead(head, asked); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(head.String(), "\nX-Other") {
		t.Fatalf("found %q", head)
	}
}
