package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"sync"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddypki"
	"github.com/caddyserver/certmagic"

	"saigen/gateway/leaf"
)

// lifetime of the server certificate. It lives in memory only and is renewed at a handshake.
const lifetime = 7 * 24 * time.Hour

func init() {
	caddy.RegisterModule(new(PlatformCertificate))
}

// PlatformCertificate is `get_certificate platform NAME...`: one certificate of Caddy's own authority for all NAMEs.
type PlatformCertificate struct {
	Names []string `json:"names,omitempty"`

	authority *caddypki.CA
	mutex     sync.Mutex
	current   *tls.Certificate
}

// CaddyModule tells Caddy the module's name.
func (*PlatformCertificate) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{
		ID:  "tls.get_certificate.platform",
		New: func() caddy.Module { return new(PlatformCertificate) },
	}
}

// Provision finds Caddy's certificate authority and signs once, so that a fault shows at start and not at a handshake.
func (p *PlatformCertificate) Provision(ctx caddy.Context) error {
	app, err := ctx.App("pki")
	if err != nil {
		return err
	}
	p.authority, err = app.(*caddypki.PKI).GetCA(ctx, caddypki.DefaultCAID)
	if err != nil {
		return err
	}
	_, err = p.GetCertificate(ctx, nil)
	return err
}

// GetCertificate returns the certificate whatever name the client asked for: the client verifies it.
func (p *PlatformCertificate) GetCertificate(context.Context, *tls.ClientHelloInfo) (*tls.Certificate, error) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	now := time.Now()
	issuer := leaf.Issuer{Chain: p.authority.IntermediateCertificateChain(), Key: p.authority.IntermediateKey()}
	if leaf.Fresh(p.current, issuer, now) {
		return p.current, nil
	}
	signed, err := leaf.Sign(issuer, p.Names, now, lifetime)
	if err != nil {
		return nil, fmt.Errorf("certificate for %v: %w", p.Names, err)
	}
	p.current = signed
	return signed, nil
}

// UnmarshalCaddyfile reads `get_certificate platform NAME...`.
func (p *PlatformCertificate) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	d.Next()
	p.Names = d.RemainingArgs()
	if len(p.Names) == 0 {
		return d.ArgErr()
	}
	return nil
}

var (
	_ caddy.Provisioner     = (*PlatformCertificate)(nil)
	_ certmagic.Manager     = (*PlatformCertificate)(nil)
	_ caddyfile.Unmarshaler = (*PlatformCertificate)(nil)
)
