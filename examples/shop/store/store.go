package main

import (
	"io"
	"net/http"
	"sync"

	"example.com/shop/internal/web"
)

// maxValue is plenty for what the shop keeps under one key.
const maxValue = 4 << 10

type store struct {
	mu     sync.RWMutex
	values map[string]string
}

func newStore() *store { return &store{values: map[string]string{}} }

func (s *store) handle(mux *http.ServeMux) {
	mux.HandleFunc("GET /keys/{key}", s.get)
	mux.HandleFunc("PUT /keys/{key}", s.put)
}

func (s *store) get(w http.ResponseWriter, r *http.Request) {
	s.mu.RLock()
	value, ok := s.values[r.PathValue("key")]
	s.mu.RUnlock()
	if !ok {
		http.Error(w, "no such key", http.StatusNotFound)
		return
	}
	web.JSON(w, value)
}

func (s *store) put(w http.ResponseWriter, r *http.Request) {
	value, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxValue))
	if err != nil {
		http.Error(w, "value too large", http.StatusRequestEntityTooLarge)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.values[r.PathValue("key")]; !ok && len(s.values) >= maxKeys {
		http.Error(w, "store is full", http.StatusInsufficientStorage)
		return
	}
	s.values[r.PathValue("key")] = string(value)
	w.WriteHeader(http.StatusNoContent)
}
