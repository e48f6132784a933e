package pair

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// made is a self-signed certificate and its key.
type made struct {
	serial           int64
	certificate, key []byte
}

func selfSigned(t *testing.T, serial int64) made {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	wanted := &x509.Certificate{SerialNumber: big.NewInt(serial), NotBefore: time.Now(), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, wanted, wanted, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return made{
		serial:      serial,
		certificate: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		key:         pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: secret}),
	}
}

func write(t *testing.T, name string, content []byte, age time.Duration) {
	t.Helper()
	if err := os.WriteFile(name, content, 0o600); err != nil {
		t.Fatal(err)
	}
	when := time.Now().Add(-age)
	if err := os.Chtimes(name, when, when); err != nil {
		t.Fatal(err)
	}
}

func serial(t *testing.T, pair *tls.Certificate) int64 {
	t.Helper()
	parsed, err := x509.ParseCertificate(pair.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	return parsed.SerialNumber.Int64()
}

func filesOf(t *testing.T, first made) *Files {
	t.Helper()
	folder := t.TempDir()
	files := &Files{Certificate: filepath.Join(folder, "cert.pem"), Key: filepath.Join(folder, "key.pem")}
	write(t, files.Certificate, first.certificate, time.Hour)
	write(t, files.Key, first.key, time.Hour)
	return files
}

func TestARenewedPairIsReadOnceBothFilesAreThere(t *testing.T) {
	first, second := selfSigned(t, 1), selfSigned(t, 2)
	files := filesOf(t, first)
	pair, err := files.Current()
	if err != nil || serial(t, pair) != 1 {
		t.Fatalf("expected the first pair, found %v, %v", pair, err)
	}
	if again, err := files.Current(); err != nil || again != pair {
		t.Error("files that did not change were read again")
	}

	write(t, files.Certificate, second.certificate, time.Minute)
	if half, err := files.Current(); err == nil || half != pair {
		t.Errorf("expected the first pair and why, found %v, %v", half, err)
	}
	if half, err := files.Current(); err != nil || half != pair {
		t.Errorf("expected that the same state is told once, found %v, %v", half, err)
	}

	write(t, files.Key, second.key, time.Minute)
	if renewed, err := files.Current(); err != nil || serial(t, renewed) != 2 {
		t.Errorf("expected the second pair, found %v, %v", renewed, err)
	}
}

func TestAPairStaysWhileAFileIsGone(t *testing.T) {
	first := selfSigned(t, 1)
	files := filesOf(t, first)
	pair, err := files.Current()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(files.Key); err != nil {
		t.Fatal(err)
	}
	if kept, err := files.Current(); err == nil || kept != pair {
		t.Errorf("expected the pair and why, found %v, %v", kept, err)
	}
	if kept, err := files.Current(); err != nil || kept != pair {
		t.Errorf("expected that the same is told once, found %v, %v", kept, err)
	}
	files.tried = time.Now().Add(-2 * patience)
	if kept, err := files.Current(); err != nil || kept != pair {
		t.Errorf("expected that the same is told once an hour, found %v, %v", kept, err)
	}
	files.tried, files.toldAt = time.Now().Add(-2*patience), time.Now().Add(-2*reminder)
	if kept, err := files.Current(); err == nil || kept != pair {
		t.Errorf("expected to be reminded, found %v, %v", kept, err)
	}
	write(t, files.Key, first.key, time.Minute)
	if back, err := files.Current(); err != nil || serial(t, back) != 1 {
		t.Errorf("expected the pair, found %v, %v", back, err)
	}
}

func TestAPairThatClaimsToBeAsOldIsRead(t *testing.T) {
	first, second := selfSigned(t, 1), selfSigned(t, 2)
	files := filesOf(t, first)
	if _, err := files.Current(); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{files.Certificate: second.certificate, files.Key: second.key} {
		old, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		write(t, name+".new", content, 0)
		if err := os.Chtimes(name+".new", old.ModTime(), old.ModTime()); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(name+".new", name); err != nil {
			t.Fatal(err)
		}
	}
	if renewed, err := files.Current(); err != nil || serial(t, renewed) != 2 {
		t.Errorf("expected the second pair, found %v, %v", renewed, err)
	}
}

func TestWithoutAPairEveryQuestionSaysWhy(t *testing.T) {
	files := &Files{Certificate: "/does/not/exist", Key: "/does/not/exist"}
	for range 2 {
		if pair, err := files.Current(); err == nil || pair != nil {
			t.Errorf("expected an error, found %v, %v", pair, err)
		}
	}
}
