package clusterproxy

import "sync"

// locks lets one holder at a time have each key. The zero value is ready.
type locks struct {
	mu   sync.Mutex
	held map[string]*keyLock
}

type keyLock struct {
	mu    sync.Mutex
	users int
}

// lock waits for the key and returns what gives it back; calling that again
// does nothing. The empty key is free for everybody.
func (l *locks) lock(key string) func() {
	if key == "" {
		return func() {}
	}
	l.mu.Lock()
	if l.held == nil {
		l.held = make(map[string]*keyLock)
	}
	entry := l.held[key]
	if entry == nil {
		entry = &keyLock{}
		l.held[key] = entry
	}
	entry.users++
	l.mu.Unlock()

	entry.mu.Lock()
	return sync.OnceFunc(func() {
		entry.mu.Unlock()
		l.mu.Lock()
		defer l.mu.Unlock()
		if entry.users--; entry.users == 0 {
			delete(l.held, key)
		}
	})
}
