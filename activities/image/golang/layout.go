package golang

import (
	"archive/tar"
	"fmt"
	"io"
	"os"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// nonroot is the user that programs run as, by number so that Kubernetes can tell
// that it is not root. Distroless images use the same number.
const nonroot = 65532

// epoch is the time on everything in an image: equal source, equal bytes.
var epoch = time.Unix(0, 0).UTC()

// writeLayout makes the image of a service and writes it as an OCI image layout.
func writeLayout(dir, service, program string, platform Platform) error {
	base, err := baseLayer()
	if err != nil {
		return err
	}
	tarred := program + ".tar"
	if err := tarProgram(tarred, service, program); err != nil {
		return err
	}
	own, err := tarball.LayerFromFile(tarred, tarball.WithMediaType(types.OCILayer), tarball.WithCompressedCaching)
	if err != nil {
		return err
	}
	image, err := assemble(service, platform, base, own)
	if err != nil {
		return err
	}
	path, err := layout.Write(dir, empty.Index)
	if err != nil {
		return err
	}
	return path.AppendImage(image)
}

func assemble(service string, platform Platform, base, own v1.Layer) (v1.Image, error) {
	image := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON)
	image, err := mutate.Append(image,
		mutate.Addendum{Layer: base, MediaType: types.OCILayer, History: v1.History{
			Created: v1.Time{Time: epoch}, CreatedBy: "slipway", Comment: "root certificates, users, /tmp",
		}},
		mutate.Addendum{Layer: own, MediaType: types.OCILayer, History: v1.History{
			Created: v1.Time{Time: epoch}, CreatedBy: "slipway", Comment: "go build",
		}})
	if err != nil {
		return nil, err
	}
	config, err := image.ConfigFile()
	if err != nil {
		return nil, err
	}
	config = config.DeepCopy()
	config.Created = v1.Time{Time: epoch}
	config.OS, config.Architecture = platform.OS, platform.Architecture
	config.Config = v1.Config{
		Entrypoint: []string{"/app/" + service},
		Env:        []string{"PATH=/app"},
		User:       fmt.Sprintf("%d:%d", nonroot, nonroot),
		WorkingDir: "/",
		Labels:     map[string]string{"org.opencontainers.image.title": service},
	}
	return mutate.ConfigFile(image, config)
}

// tarProgram puts the program into a tar file as /app/<service>. It belongs to
// root, so that the program can't change itself.
func tarProgram(tarred, service, program string) error {
	file, err := os.Open(program)
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	out, err := os.Create(tarred)
	if err != nil {
		return err
	}
	defer out.Close()
	archive := tar.NewWriter(out)
	for _, header := range []*tar.Header{
		directory("app/", 0o755),
		{Typeflag: tar.TypeReg, Name: "app/" + service, Mode: 0o755, Size: info.Size(), ModTime: epoch, Format: tar.FormatPAX},
	} {
		if err := archive.WriteHeader(header); err != nil {
			return err
		}
	}
	if _, err := io.Copy(archive, file); err != nil {
		return err
	}
	if err := archive.Close(); err != nil {
		return err
	}
	return out.Close()
}

func directory(name string, mode int64) *tar.Header {
	return &tar.Header{Typeflag: tar.TypeDir, Name: name, Mode: mode, ModTime: epoch, Format: tar.FormatPAX}
}
