package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"go.temporal.io/server/common/config"
	sqliteplugin "go.temporal.io/server/common/persistence/sql/sqlplugin/sqlite"
	"go.temporal.io/server/schema/sqlite"
)

const (
	// defaultNamespace is there from the start, as with Temporal's own
	// development server.
	defaultNamespace = "default"
	// databaseConnections is one because Temporal's transactions read before
	// they write: with more connections SQLite refuses the second writer with
	// "database is locked" at once, whatever the busy timeout, and the retries
	// cost more than the parallel reads bring.
	databaseConnections = 1
)

// database is a SQLite file with Temporal's schema, locked against a second
// server for as long as it is open.
type database struct {
	config config.SQL
	lock   *os.File
}

// openDatabase creates the file when it is missing. It does not migrate a file
// that another server version wrote.
func openDatabase(file string) (*database, error) {
	lock, err := lockFile(file + ".lock")
	if err != nil {
		return nil, err
	}
	opened := &database{lock: lock, config: config.SQL{
		PluginName:   sqliteplugin.PluginName,
		DatabaseName: file,
		MaxConns:     databaseConnections,
		MaxIdleConns: databaseConnections,
		ConnectAttributes: map[string]string{
			"mode": "rwc",
			// Survives kill -9 of the process; only a power cut could lose the
			// last transactions, and even that not corrupt the file.
			"journal_mode": "wal",
			"synchronous":  "normal",
			"busy_timeout": "10000",
		},
	}}
	if err := opened.prepare(file); err != nil {
		opened.Close()
		return nil, err
	}
	return opened, nil
}

// Close gives the lock back. The server closes its own connections.
func (d *database) Close() {
	_ = d.lock.Close()
}

func (d *database) prepare(file string) error {
	if err := createSchema(file); err != nil {
		return fmt.Errorf("creating database %s: %w", file, err)
	}
	namespace, err := sqlite.NewNamespaceConfig(clusterName, defaultNamespace, false, nil)
	if err != nil {
		return fmt.Errorf("describing namespace %q: %w", defaultNamespace, err)
	}
	if err := sqlite.CreateNamespaces(&d.config, namespace); err != nil {
		return fmt.Errorf("opening database %s: %w", file, err)
	}
	return nil
}

// createSchema builds a new database beside its final name, so that a process
// killed halfway does not leave one that looks complete.
func createSchema(file string) error {
	if _, err := os.Stat(file); err == nil || !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	unfinished := file + ".new"
	if err := os.Remove(unfinished); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	plain := config.SQL{
		PluginName:        sqliteplugin.PluginName,
		DatabaseName:      unfinished,
		ConnectAttributes: map[string]string{"mode": "rwc"},
	}
	if err := sqlite.SetupSchema(&plain); err != nil {
		return err
	}
	return os.Rename(unfinished, file)
}

func lockFile(name string) (*os.File, error) {
	if err := os.MkdirAll(filepath.Dir(name), 0o750); err != nil {
		return nil, err
	}
	lock, err := os.OpenFile(filepath.Clean(name), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(fmt.Errorf("another slipway-temporal uses this database (%s is locked): %w", name, err), lock.Close())
	}
	return lock, nil
}
