package bulk

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"testing"
	"time"
)

// A front that carries requests to a service as Caddy does: the body is put into another type in the server's own request.
func front(t *testing.T, transport *Transport) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = struct{ io.ReadCloser }{r.Body}
		inner := r.WithContext(r.Context())
		inner.Body = NewUpload(inner.Body)
		defer func() { _ = inner.Body.Close() }()
		response, err := transport.RoundTrip(inner, nil)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		w.WriteHeader(response.StatusCode)
		_, _ = io.Copy(w, response.Body)
		_ = response.Body.Close()
	}))
	t.Cleanup(s.Close)
	return s.Listener.Addr().String()
}

// refused sends an upload that the service refuses, whole all the same, and then asks for something else; returns the status of
// each answer until the connection ends.
func refused(t *testing.T, address string, content []byte) []int {
	t.Helper()
	client, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = client.Close() }()
	_ = client.SetDeadline(time.Now().Add(20 * time.Second))
	go func() {
		head := "PUT /refused HTTP/1.1\r\nHost: storage\r\nContent-Length: " + strconv.Itoa(len(content)) + "\r\n\r\n"
		_, _ = io.WriteString(client, head)
		_, _ = client.Write(content)
		_, _ = io.WriteString(client, "GET /streamed HTTP/1.1\r\nHost: storage\r\nConnection: close\r\n\r\n")
	}()
	var found []int
	reader := bufio.NewReader(client)
	for {
		response, err := http.ReadResponse(reader, nil)
		if err != nil {
			return found
		}
		found = append(found, response.StatusCode)
		if _, err = io.Copy(io.Discard, response.Body); err != nil {
			return found
		}
	}
}

func TestWhatIsLeftOfARefusedUploadIsNoRequest(t *testing.T) {
	_, transport := started(t)
	address := front(t, transport)
	content := random(t, 4<<20)
	for attempt := range 50 {
		found := refused(t, address, content)
		if !slices.Equal(found, []int{http.StatusForbidden}) && !slices.Equal(found, []int{http.StatusForbidden, http.StatusOK}) {
			t.Fatalf("attempt %d: expected a refusal, and what was asked then or the end; found %v", attempt, found)
		}
	}
}
