package oci

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/partial"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/slipway-dev/slipway/activities/bundle"
	"github.com/slipway-dev/slipway/activities/fault"
)

const (
	titleAnnotation   = "org.opencontainers.image.title"
	createdAnnotation = "org.opencontainers.image.created"

	// emptyConfig is what OCI 1.1 has artifacts without a config carry.
	emptyConfig     = "{}"
	emptyConfigType = types.MediaType("application/vnd.oci.empty.v1+json")

	// maxArtifact bounds what is read of one artifact, all files together, so that
	// a wrong or hostile one can't take the worker's memory.
	maxArtifact = 128 << 20
)

// packed is an artifact as a registry takes it.
type packed struct {
	manifest []byte
	layers   map[v1.Hash]v1.Layer
}

// pack makes the manifest of an artifact.
func pack(artifact bundle.Artifact) (v1.Image, error) {
	config, size, err := v1.SHA256(strings.NewReader(emptyConfig))
	if err != nil {
		return nil, err
	}
	manifest := v1.Manifest{
		SchemaVersion: 2,
		MediaType:     types.OCIManifestSchema1,
		ArtifactType:  artifact.Type,
		Config:        v1.Descriptor{MediaType: emptyConfigType, Digest: config, Size: size, Data: []byte(emptyConfig)},
		Layers:        []v1.Descriptor{},
		Annotations:   maps.Clone(artifact.Annotations),
	}
	if !artifact.Created.IsZero() {
		if manifest.Annotations == nil {
			manifest.Annotations = map[string]string{}
		}
		manifest.Annotations[createdAnnotation] = artifact.Created.UTC().Format(time.RFC3339)
	}
	layers := map[v1.Hash]v1.Layer{}
	for _, file := range artifact.Files {
		digest, size, err := v1.SHA256(bytes.NewReader(file.Content))
		if err != nil {
			return nil, err
		}
		layers[digest] = static.NewLayer(file.Content, types.MediaType(file.MediaType))
		manifest.Layers = append(manifest.Layers, v1.Descriptor{
			MediaType: types.MediaType(file.MediaType), Digest: digest, Size: size,
			Annotations: map[string]string{titleAnnotation: file.Name},
		})
	}
	text, err := json.Marshal(manifest)
	if err != nil {
		return nil, err
	}
	return partial.CompressedToImage(&packed{manifest: text, layers: layers})
}

// MediaType implements partial.CompressedImageCore.
func (p *packed) MediaType() (types.MediaType, error) { return types.OCIManifestSchema1, nil }

// RawManifest implements partial.CompressedImageCore.
func (p *packed) RawManifest() ([]byte, error) { return p.manifest, nil }

// RawConfigFile implements partial.CompressedImageCore.
func (p *packed) RawConfigFile() ([]byte, error) { return []byte(emptyConfig), nil }

// LayerByDigest implements partial.CompressedImageCore.
func (p *packed) LayerByDigest(digest v1.Hash) (partial.CompressedLayer, error) {
	layer, known := p.layers[digest]
	if !known {
		return nil, fmt.Errorf("no file has digest %s", digest)
	}
	return layer, nil
}

// unpack reads an artifact and verifies every digest on the way.
func unpack(ref name.Digest, options []remote.Option) (bundle.Artifact, error) {
	found, err := remote.Get(ref, options...)
	if err != nil {
		return bundle.Artifact{}, err
	}
	var manifest v1.Manifest
	if err := json.Unmarshal(found.Manifest, &manifest); err != nil {
		return bundle.Artifact{}, fault.New(fault.InvalidInput, "decoding its manifest: %w", err)
	}
	artifact := bundle.Artifact{Type: manifest.ArtifactType, Annotations: maps.Clone(manifest.Annotations)}
	if text, given := artifact.Annotations[createdAnnotation]; given {
		if artifact.Created, err = time.Parse(time.RFC3339, text); err != nil {
			return bundle.Artifact{}, fault.New(fault.InvalidInput, "decoding its time: %w", err)
		}
		delete(artifact.Annotations, createdAnnotation)
	}
	room := int64(maxArtifact)
	for _, layer := range manifest.Layers {
		if room -= layer.Size; layer.Size < 0 || room < 0 {
			return bundle.Artifact{}, fault.New(fault.InvalidInput, "it has more than %d MiB", maxArtifact>>20)
		}
		content, err := fetch(ref.Context().Digest(layer.Digest.String()), layer.Size, options)
		if err != nil {
			return bundle.Artifact{}, fmt.Errorf("file %q: %w", layer.Annotations[titleAnnotation], err)
		}
		artifact.Files = append(artifact.Files, bundle.File{
			Name: layer.Annotations[titleAnnotation], MediaType: string(layer.MediaType), Content: content,
		})
	}
	return artifact, nil
}

// fetch reads a blob of known size; its digest is verified at the end of it.
func fetch(ref name.Digest, size int64, options []remote.Option) (content []byte, err error) {
	layer, err := remote.Layer(ref, options...)
	if err != nil {
		return nil, err
	}
	blob, err := layer.Compressed()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, blob.Close()) }()
	content, err = io.ReadAll(io.LimitReader(blob, size+1))
	if err != nil {
		return nil, err
	}
	if int64(len(content)) != size {
		return nil, fault.New(fault.InvalidInput, "%d bytes, the manifest says %d", len(content), size)
	}
	return content, nil
}
