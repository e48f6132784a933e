// Package leaf signs the one server certificate that covers every name by which the gateway is reached.
//
// Caddy's own issuer makes one certificate a name and picks by SNI. Clients that connect to an IP address send no SNI, so
// 127.0.0.1, ::1 and the public name could not all verify; a single certificate with all of them does.
package leaf

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"net"
	"time"
)

// backdate tolerates clients whose clock is a little behind.
const backdate = 5 * time.Minute

// Issuer is the certificate authority that signs: its chain, signing certificate first, and its key.
type Issuer struct {
	Chain []*x509.Certificate
	Key   crypto.Signer
}

// Sign returns a server certificate for names (host names or IP addresses), valid from now for lifetime, but never
// longer than the certificate that signs it.
func Sign(issuer Issuer, names []string, now time.Time, lifetime time.Duration) (*tls.Certificate, error) {
	if len(names) == 0 {
		return nil, fmt.Errorf("expected at least one name for the certificate, found none")
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("generating the certificate's key: %w", err)
	}
	signer := issuer.Chain[0]
	der, err := x509.CreateCertificate(rand.Reader, template(names, now, earliest(now.Add(lifetime), signer.NotAfter)), signer, key.Public(), issuer.Key)
	if err != nil {
		return nil, fmt.Errorf("signing the certificate: %w", err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("reading the signed certificate back: %w", err)
	}
	chain := [][]byte{der}
	for _, certificate := range issuer.Chain {
		chain = append(chain, certificate.Raw)
	}
	return &tls.Certificate{Certificate: chain, PrivateKey: key, Leaf: parsed}, nil
}

// Fresh tells whether certificate may still be handed out: two thirds of its life at most are over and the authority
// still signs with the same certificate.
func Fresh(certificate *tls.Certificate, issuer Issuer, now time.Time) bool {
	if certificate == nil || string(certificate.Leaf.AuthorityKeyId) != string(issuer.Chain[0].SubjectKeyId) {
		return false
	}
	life := certificate.Leaf.NotAfter.Sub(certificate.Leaf.NotBefore)
	return now.Before(certificate.Leaf.NotAfter.Add(-life / 3))
}

func template(names []string, now, until time.Time) *x509.Certificate {
	certificate := &x509.Certificate{
		Subject:     pkix.Name{CommonName: names[0]},
		NotBefore:   now.Add(-backdate),
		NotAfter:    until,
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	for _, name := range names {
		if address := net.ParseIP(name); address != nil {
			certificate.IPAddresses = append(certificate.IPAddresses, address)
		} else {
			certificate.DNSNames = append(certificate.DNSNames, name)
		}
	}
	return certificate
}

func earliest(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
