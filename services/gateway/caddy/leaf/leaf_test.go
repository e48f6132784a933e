package leaf

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"testing"
	"time"
)

var now = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func authority(t *testing.T, lifetime time.Duration) Issuer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	wanted := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "a test authority"}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(lifetime),
	}
	der, err := x509.CreateCertificate(rand.Reader, wanted, wanted, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return Issuer{Chain: []*x509.Certificate{certificate}, Key: key}
}

func TestOneCertificateVerifiesForEveryName(t *testing.T) {
	issuer := authority(t, 365*24*time.Hour)
	names := []string{"ml.example.org", "localhost", "127.0.0.1", "::1"}
	signed, err := Sign(issuer, names, now, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(issuer.Chain[0])
	for _, name := range names {
		if _, err := signed.Leaf.Verify(x509.VerifyOptions{DNSName: name, Roots: roots, CurrentTime: now}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := signed.Leaf.Verify(x509.VerifyOptions{DNSName: "evil.example", Roots: roots, CurrentTime: now}); err == nil {
		t.Error("verified for a name that was not asked for")
	}
}

func TestNeverOutlivesItsIssuer(t *testing.T) {
	issuer := authority(t, 10*time.Minute)
	signed, err := Sign(issuer, []string{"localhost"}, now, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	if !signed.Leaf.NotAfter.Equal(issuer.Chain[0].NotAfter) {
		t.Errorf("expected %s, found %s", issuer.Chain[0].NotAfter, signed.Leaf.NotAfter)
	}
}

func TestFreshUntilTwoThirdsOfItsLife(t *testing.T) {
	issuer := authority(t, 365*24*time.Hour)
	signed, err := Sign(issuer, []string{"localhost"}, now, 3*time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	if !Fresh(signed, issuer, now.Add(time.Hour)) {
		t.Error("stale after a third of its life")
	}
	if Fresh(signed, issuer, now.Add(2*time.Hour+10*time.Minute)) {
		t.Error("fresh in the last third of its life")
	}
}

func TestNotFreshOnceTheAuthoritySignsWithAnotherKey(t *testing.T) {
	issuer, renewed := authority(t, 24*time.Hour), authority(t, 24*time.Hour)
	signed, err := Sign(issuer, []string{"localhost"}, now, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	if Fresh(signed, renewed, now) {
		t.Error("fresh under an authority that did not sign it")
	}
}

func TestNoNamesIsRefused(t *testing.T) {
	if _, err := Sign(authority(t, time.Hour), nil, now, time.Hour); err == nil {
		t.Error("signed a certificate for nobody")
	}
}
