// Package pair reads a certificate and its key from two files, and again when one of them has changed.
package pair

import (
	"crypto/tls"
	"fmt"
	"os"
	"sync"
	"syscall"
	"time"
)

// reminder is after how long the same complaint is made again, patience until files that could not be used are read
// again although they look the same: what failed may have been the reading.
const (
	reminder = time.Hour
	patience = time.Minute
)

// Files are a certificate's chain and its key, as PEM. Whoever renews them replaces one after the other, so what is read
// between the two does not fit together: the pair before stays until they do.
type Files struct {
	Certificate, Key string

	mutex   sync.Mutex
	of      [2]stamp // the files that current was read from
	current *tls.Certificate
	failed  [2]stamp // the files that could not be used, and when that was tried
	tried   time.Time
	told    string // the last complaint, and when it was made
	toldAt  time.Time
}

// stamp is what changes when a file is written or replaced, also by one that claims to be as old and is as long.
type stamp struct {
	modified, changed syscall.Timespec
	size              int64
	inode             uint64
}

// Current returns the newest pair that could be read, nil if there was none yet. An error says why the files cannot be
// used as they are now; beside a pair it is told when it is new, and every hour.
func (f *Files) Current() (*tls.Certificate, error) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	found, err := f.look()
	if f.current != nil && err == nil && found == f.of {
		return f.current, nil
	}
	if f.current != nil && found == f.failed && time.Since(f.tried) < patience {
		return f.current, nil
	}
	var read tls.Certificate
	if err == nil {
		read, err = tls.LoadX509KeyPair(f.Certificate, f.Key)
	}
	if err != nil {
		f.failed, f.tried = found, time.Now()
		return f.current, f.complain(fmt.Errorf("reading %s and %s: %w", f.Certificate, f.Key, err))
	}
	f.of, f.current, f.told = found, &read, ""
	return f.current, nil
}

// complain returns err, or nil where it was told a moment ago and there is a pair to go on with.
func (f *Files) complain(err error) error {
	if f.current != nil && err.Error() == f.told && time.Since(f.toldAt) < reminder {
		return nil
	}
	f.told, f.toldAt = err.Error(), time.Now()
	return err
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
