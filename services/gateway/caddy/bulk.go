package main

import (
	"context"
	"errors"
	"net"
	"net/http"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp/reverseproxy"

	"saigen/gateway/bulk"
)

func init() {
	caddy.RegisterModule(new(BulkTransport))
	caddy.RegisterModule(BulkTarget{})
	httpcaddyfile.RegisterHandlerDirective("bulk_target", func(httpcaddyfile.Helper) (caddyhttp.MiddlewareHandler, error) {
		return BulkTarget{}, nil
	})
	httpcaddyfile.RegisterDirectiveOrder("bulk_target", httpcaddyfile.Before, "reverse_proxy")
}

type targetKey struct{}

// BulkTarget is `bulk_target`: it lets the transport behind it write an answer straight to the client's socket, and lets go of
// a client that takes nothing. Caddy's own watch over that (write_idle) would cut every answer into pieces of 64 KiB. What a
// transport leaves of an upload is never taken for the next request (bulk.Upload).
type BulkTarget struct{}

// CaddyModule tells Caddy the module's name.
func (BulkTarget) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "http.handlers.bulk_target", New: func() caddy.Module { return new(BulkTarget) }}
}

// ServeHTTP remembers where the answer goes. Under TLS the bytes have to pass through this process, so there is no target.
func (BulkTarget) ServeHTTP(w http.ResponseWriter, r *http.Request, next caddyhttp.Handler) error {
	if r.ProtoMajor != 1 {
		return next.ServeHTTP(w, r) // one stream among many has no socket of its own
	}
	target := bulk.NewTarget(w)
	ctx := r.Context()
	if r.TLS == nil {
		ctx = context.WithValue(ctx, targetKey{}, target)
	}
	inner := r.WithContext(ctx)
	upload := bulk.NewUpload(r.Body)
	defer func() { _ = upload.Close() }()
	inner.Body = upload
	return next.ServeHTTP(target, inner)
}

// BulkTransport is `transport bulk { ... }` with the options of `transport http`: downloads and large uploads are carried
// by package bulk, everything else by Caddy's own transport.
type BulkTransport struct {
	reverseproxy.HTTPTransport

	bulk *bulk.Transport
}

// CaddyModule tells Caddy the module's name.
func (*BulkTransport) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{
		ID: "http.reverse_proxy.transport.bulk", New: func() caddy.Module { return new(BulkTransport) },
	}
}

// Provision sets up both transports.
func (t *BulkTransport) Provision(ctx caddy.Context) error {
	if err := t.HTTPTransport.Provision(ctx); err != nil {
		return err
	}
	dialer := net.Dialer{Timeout: time.Duration(t.DialTimeout)}
	t.bulk = &bulk.Transport{
		IdleTimeout: time.Duration(t.KeepAlive.IdleConnTimeout),
		MostIdle:    t.KeepAlive.MaxIdleConnsPerHost,
		Dial: func(ctx context.Context) (net.Conn, error) {
			to, known := reverseproxy.GetDialInfo(ctx)
			if !known {
				return nil, errors.New("no service is chosen for this request")
			}
			return dialer.DialContext(ctx, to.Network, to.Address)
		},
	}
	return nil
}

// RoundTrip sends one request to the service behind.
func (t *BulkTransport) RoundTrip(request *http.Request) (*http.Response, error) {
	if !bulk.Carries(request) {
		return t.HTTPTransport.RoundTrip(request)
	}
	if target, plain := request.Context().Value(targetKey{}).(*bulk.Target); plain {
		return t.bulk.RoundTrip(request, target)
	}
	return t.bulk.RoundTrip(request, nil)
}

// Cleanup ends idle connections.
func (t *BulkTransport) Cleanup() error {
	if t.bulk != nil {
		t.bulk.Close()
	}
	return t.HTTPTransport.Cleanup()
}

var (
	_ caddy.Provisioner           = (*BulkTransport)(nil)
	_ caddy.CleanerUpper          = (*BulkTransport)(nil)
	_ http.RoundTripper           = (*BulkTransport)(nil)
	_ caddyfile.Unmarshaler       = (*BulkTransport)(nil)
	_ caddyhttp.MiddlewareHandler = BulkTarget{}
)
