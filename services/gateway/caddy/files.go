package main

import (
	"context"
	"crypto/tls"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/certmagic"
	"go.uber.org/zap"

	"saigen/gateway/pair"
)

func init() {
	caddy.RegisterModule(new(FilesCertificate))
}

// FilesCertificate is `get_certificate files CERTIFICATE KEY`: the team's own, and a renewed one without a restart.
type FilesCertificate struct {
	Certificate string `json:"certificate,omitempty"`
	Key         string `json:"key,omitempty"`

	files  *pair.Files
	logger *zap.Logger
}

// CaddyModule tells Caddy the module's name.
func (*FilesCertificate) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{
		ID:  "tls.get_certificate.files",
		New: func() caddy.Module { return new(FilesCertificate) },
	}
}

// Provision reads the files, so that a fault shows at start and not at a handshake.
func (f *FilesCertificate) Provision(ctx caddy.Context) error {
	f.files = &pair.Files{Certificate: f.Certificate, Key: f.Key}
	f.logger = ctx.Logger()
	_, err := f.files.Current()
	return err
}

// GetCertificate returns the certificate whatever name the client asked for: the client verifies it.
func (f *FilesCertificate) GetCertificate(context.Context, *tls.ClientHelloInfo) (*tls.Certificate, error) {
	current, err := f.files.Current()
	if err != nil && current != nil {
		f.logger.Error("the certificate before stays in use", zap.Error(err))
		return current, nil
	}
	return current, err
}

// UnmarshalCaddyfile reads `get_certificate files CERTIFICATE KEY`.
func (f *FilesCertificate) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	d.Next()
	if !d.AllArgs(&f.Certificate, &f.Key) {
		return d.ArgErr()
	}
	return nil
}

var (
	_ caddy.Provisioner     = (*FilesCertificate)(nil)
	_ certmagic.Manager     = (*FilesCertificate)(nil)
	_ caddyfile.Unmarshaler = (*FilesCertificate)(nil)
)
