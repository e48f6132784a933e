// Package pair reads a certificate and its key from two files, and again when one of them has changed.
package pair

import (
	"crypto/tls"
	"fmt"
	"os"
	"sync"
	"syscall"
)

// Files are a certificate's chain and its key, as PEM. Whoever renews them replaces one after the other, so what is read
// between the two does not fit together: the pair before stays until they do.
type Files struct {
	Certificate, Key string

	mutex   sync.Mutex
	seen    [2]stamp
	current *tls.Certificate
}

// stamp is what changes when a file is written or replaced, also by one that claims to be as old and is as long.
type stamp struct {
	modified, changed syscall.Timespec
	size              int64
	inode             uint64
}

// Current returns the newest pair that could be read, nil if there was none yet. An error says why the files cannot be
// used as they are now; beside a pair it is told once for each state of the files.
func (f *Files) Current() (*tls.Certificate, error) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	found, err := f.look()
	if f.current != nil && found == f.seen {
		return f.current, nil
	}
	f.seen = found
	var read tls.Certificate
	if err == nil {
		read, err = tls.LoadX509KeyPair(f.Certificate, f.Key)
	}
	if err != nil {
		return f.current, fmt.Errorf("reading %s and %s: %w", f.Certificate, f.Key, err)
	}
	f.current = &read
	return f.current, nil
}

func (f *Files) look() (found [2]stamp, err error) {
	for number, name := range []string{f.Certificate, f.Key} {
		about, err := os.Stat(name)
		if err != nil {
			return found, err
		}
		of := about.Sys().(*syscall.Stat_t)
		found[number] = stamp{of.Mtim, of.Ctim, of.Size, of.Ino}
	}
	return found, nil
}
