package golang

import (
	"archive/tar"
	"bytes"
	"encoding/pem"
	"fmt"
	"io"
	"sync"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"golang.org/x/crypto/x509roots/fallback/bundle"
)

// baseLayer is the layer that all images share, what a Go program expects of the
// system around it and nothing else: Mozilla's root certificates in the version
// that Slipway was built with, a user that isn't root, and /tmp. Time zones are
// left to programs that import time/tzdata.
var baseLayer = sync.OnceValues(func() (v1.Layer, error) {
	archive, err := baseArchive()
	if err != nil {
		return nil, fmt.Errorf("making the base layer: %w", err)
	}
	open := func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(archive)), nil }
	layer, err := tarball.LayerFromOpener(open, tarball.WithMediaType(types.OCILayer), tarball.WithCompressedCaching)
	if err != nil {
		return nil, fmt.Errorf("making the base layer: %w", err)
	}
	return layer, nil
})

// baseDigest gives the digest of the base layer before compression.
func baseDigest() (string, error) {
	layer, err := baseLayer()
	if err != nil {
		return "", err
	}
	digest, err := layer.DiffID()
	if err != nil {
		return "", fmt.Errorf("taking the digest of the base layer: %w", err)
	}
	return digest.String(), nil
}

func baseArchive() ([]byte, error) {
	var buffer bytes.Buffer
	archive := tar.NewWriter(&buffer)
	for _, entry := range []struct {
		header  *tar.Header
		content []byte
	}{
		{header: directory("etc/", 0o755)},
		{file("etc/group"), fmt.Appendf(nil, "root:x:0:\nnonroot:x:%d:\n", nonroot)},
		{file("etc/passwd"), fmt.Appendf(nil, "root:x:0:0:root:/root:/sbin/nologin\nnonroot:x:%[1]d:%[1]d:nonroot:/home/nonroot:/sbin/nologin\n", nonroot)},
		{header: directory("etc/ssl/", 0o755)},
		{header: directory("etc/ssl/certs/", 0o755)},
		{file("etc/ssl/certs/ca-certificates.crt"), rootCertificates()},
		{header: directory("home/", 0o755)},
		{header: owned(directory("home/nonroot/", 0o700))},
		{header: directory("tmp/", 0o1777)},
	} {
		entry.header.Size = int64(len(entry.content))
		if err := archive.WriteHeader(entry.header); err != nil {
			return nil, err
		}
		if _, err := archive.Write(entry.content); err != nil {
			return nil, err
		}
	}
	if err := archive.Close(); err != nil {
		return nil, err
	}
	return buffer.Bytes(), nil
}

func file(name string) *tar.Header {
	return &tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o644, ModTime: epoch, Format: tar.FormatPAX}
}

func owned(header *tar.Header) *tar.Header {
	header.Uid, header.Gid = nonroot, nonroot
	return header
}

// rootCertificates gives the certificates that are trusted without conditions: a
// file can't say until when another one is.
func rootCertificates() []byte {
	var all bytes.Buffer
	for root := range bundle.Roots() {
		if root.Constraint != nil {
			continue
		}
		all.Write(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: root.Certificate}))
	}
	return all.Bytes()
}
