// Package credentials makes what the local control planes authenticate with: a
// certificate authority, one serving certificate for the loopback interface, a
// key pair that signs service account tokens, and one bearer token per user.
//
// They are made once per directory and are good for nothing but this machine.
package credentials

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Users are the identities of the static tokens; all of them may do
// everything. They differ so that the API server's records tell them apart.
var users = []string{Admin, "kube-controller-manager", "kube-scheduler", "kwok", "proxy"}

// Admin is the user of the kubeconfig that people and tests use.
const Admin = "admin"

// Set are the files of one directory and the tokens in them.
type Set struct {
	// CA is the certificate of the authority, Certificate and Key serve TLS on
	// 127.0.0.1 and localhost.
	CA, Certificate, Key string
	// ServiceAccountKey signs and ServiceAccountPublicKey checks the tokens of
	// service accounts.
	ServiceAccountKey, ServiceAccountPublicKey string
	// TokenFile is in the form that kube-apiserver --token-auth-file reads.
	TokenFile string
	// Tokens are the bearer tokens by user.
	Tokens map[string]string
}

// Ensure returns the credentials in the directory and makes what is missing.
// An incomplete set, as a killed process leaves, is made anew as a whole.
func Ensure(directory string) (*Set, error) {
	set := &Set{
		CA:                      filepath.Join(directory, "ca.crt"),
		Certificate:             filepath.Join(directory, "server.crt"),
		Key:                     filepath.Join(directory, "server.key"),
		ServiceAccountKey:       filepath.Join(directory, "service-account.key"),
		ServiceAccountPublicKey: filepath.Join(directory, "service-account.pub"),
		TokenFile:               filepath.Join(directory, "tokens.csv"),
	}
	// The token file is written last, so it says that the set is complete.
	content, err := os.ReadFile(set.TokenFile)
	if errors.Is(err, fs.ErrNotExist) {
		return set, set.create(directory)
	}
	if err != nil {
		return nil, fmt.Errorf("reading tokens: %w", err)
	}
	set.Tokens = parseTokens(string(content))
	return set, nil
}

func (s *Set) create(directory string) error {
	if err := os.MkdirAll(directory, 0o700); err != nil {
		return fmt.Errorf("creating credentials: %w", err)
	}
	if err := s.createCertificates(); err != nil {
		return fmt.Errorf("creating certificates: %w", err)
	}
	if err := s.createServiceAccountKey(); err != nil {
		return fmt.Errorf("creating service account key: %w", err)
	}
	var lines strings.Builder
	for _, user := range users {
		// kube-apiserver's form is token,user,uid,"groups".
		fmt.Fprintf(&lines, "%s,%s,%s,\"system:masters\"\n", newToken(), user, user)
	}
	s.Tokens = parseTokens(lines.String())
	return writeFile(s.TokenFile, []byte(lines.String()))
}

func newToken() string {
	random := make([]byte, 24)
	_, _ = rand.Read(random) // never fails: it ends the program instead
	return base64.RawURLEncoding.EncodeToString(random)
}

func parseTokens(content string) map[string]string {
	tokens := make(map[string]string)
	for line := range strings.Lines(content) {
		fields := strings.Split(line, ",")
		if len(fields) > 1 {
			tokens[fields[1]] = fields[0]
		}
	}
	return tokens
}

// writeFile leaves either the whole content or no file.
func writeFile(name string, content []byte) error {
	unfinished := name + ".new"
	if err := os.WriteFile(unfinished, content, 0o600); err != nil {
		return err
	}
	return os.Rename(unfinished, name)
}
