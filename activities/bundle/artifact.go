package bundle

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"path"

	"github.com/slipway-dev/slipway/activities/fault"
)

const (
	// ReleaseType is the artifactType of bundles in the registry.
	ReleaseType = "application/vnd.slipway.release.v1"

	releaseMediaType   = "application/vnd.slipway.release.v1+json"
	manifestsMediaType = "application/vnd.slipway.manifests.v1+json"

	releaseFile     = "release.json"
	manifestsFolder = "manifests"

	// maxFile bounds a file of a bundle. 5,000 objects of 4 KiB are 20 MiB; what
	// etcd takes for one object ends at 1.5 MiB.
	maxFile = 32 << 20
	// maxFiles bounds the environments of one channel and their clusters.
	maxFiles = 1025
)

// Encode makes the artifact of a release. The same content gives the same bytes.
// InvalidInput when it is too large.
func Encode(content Content) (Artifact, error) {
	release, err := canonical(content.Release)
	if err != nil {
		return Artifact{}, fmt.Errorf("encoding the release: %w", err)
	}
	artifact := Artifact{
		Type:  ReleaseType,
		Files: []File{{Name: releaseFile, MediaType: releaseMediaType, Content: release}},
		Annotations: map[string]string{
			"org.opencontainers.image.title":    content.Release.Stack,
			"org.opencontainers.image.version":  content.Release.Version,
			"org.opencontainers.image.revision": content.Release.Commit,
		},
	}
	for _, environment := range content.Release.Environments {
		if err := artifact.addManifests(manifestsFile(environment.Name), content.Manifests[environment.Name]); err != nil {
			return Artifact{}, err
		}
		for _, cluster := range environment.Clusters {
			differing := content.Clusters[environment.Name][cluster]
			if len(differing) == 0 {
				continue
			}
			if err := artifact.addManifests(clusterFile(environment.Name, cluster), differing); err != nil {
				return Artifact{}, err
			}
		}
		if err := artifact.encodeJobs(content, environment); err != nil {
			return Artifact{}, err
		}
	}
	return artifact, checkSize(artifact)
}

func (a *Artifact) addManifests(name string, manifests Manifests) error {
	text, err := canonical(manifests)
	if err != nil {
		return fmt.Errorf("encoding %s: %w", name, err)
	}
	a.Files = append(a.Files, File{Name: name, MediaType: manifestsMediaType, Content: text})
	return nil
}

// Decode reads what Encode made. It takes unknown fields, which a newer Slipway
// may have written, but no other type, no other files and no excess. InvalidInput.
func Decode(artifact Artifact) (Content, error) {
	if artifact.Type != ReleaseType {
		return Content{}, fault.New(fault.InvalidInput, "decoding a bundle: the artifact is of type %q, want %q", artifact.Type, ReleaseType)
	}
	if err := checkSize(artifact); err != nil {
		return Content{}, err
	}
	files := map[string][]byte{}
	for _, file := range artifact.Files {
		if _, twice := files[file.Name]; twice {
			return Content{}, fault.New(fault.InvalidInput, "decoding a bundle: file %q is there twice", file.Name)
		}
		files[file.Name] = file.Content
	}
	content := Content{Manifests: map[string]Manifests{}}
	if err := take(files, releaseFile, &content.Release); err != nil {
		return Content{}, err
	}
	for _, environment := range content.Release.Environments {
		if err := content.takeManifests(files, environment); err != nil {
			return Content{}, err
		}
	}
	for name := range files {
		return Content{}, fault.New(fault.InvalidInput, "decoding a bundle: file %q belongs to no environment of the release", name)
	}
	return content, checkRelease(content.Release)
}

// takeManifests takes what an environment has in all of its clusters, and what
// some of them have of their own.
func (c *Content) takeManifests(files map[string][]byte, environment Environment) error {
	var common Manifests
	if err := take(files, manifestsFile(environment.Name), &common); err != nil {
		return err
	}
	c.Manifests[environment.Name] = common
	for _, cluster := range environment.Clusters {
		name := clusterFile(environment.Name, cluster)
		if _, there := files[name]; !there {
			continue
		}
		var differing Manifests
		if err := take(files, name, &differing); err != nil {
			return err
		}
		c.addCluster(environment.Name, cluster, differing)
	}
	return c.takeJobs(files, environment)
}

// addCluster records what differs in a cluster.
func (c *Content) addCluster(environment, cluster string, differing Manifests) {
	if c.Clusters == nil {
		c.Clusters = map[string]map[string]Manifests{}
	}
	if c.Clusters[environment] == nil {
		c.Clusters[environment] = map[string]Manifests{}
	}
	c.Clusters[environment][cluster] = differing
}

// take decodes a file and removes it from the map.
func take(files map[string][]byte, name string, into any) error {
	text, there := files[name]
	if !there {
		return fault.New(fault.InvalidInput, "decoding a bundle: file %q is missing", name)
	}
	delete(files, name)
	if err := json.Unmarshal(text, into); err != nil {
		return fault.New(fault.InvalidInput, "decoding a bundle: file %q: %w", name, err)
	}
	return nil
}

func checkRelease(release Release) error {
	switch {
	case release.Stack == "", release.Version == "", release.Commit == "", release.Channel == "":
		return fault.New(fault.InvalidInput, "decoding a bundle: %s lacks its stack, version, channel or commit", releaseFile)
	case len(release.Environments) == 0:
		return fault.New(fault.InvalidInput, "decoding a bundle: %s names no environment", releaseFile)
	}
	return nil
}

func checkSize(artifact Artifact) error {
	if len(artifact.Files) > maxFiles {
		return fault.New(fault.InvalidInput, "a bundle of %d files; at most %d are taken", len(artifact.Files), maxFiles)
	}
	for _, file := range artifact.Files {
		if len(file.Content) > maxFile {
			return fault.New(fault.InvalidInput, "file %q of a bundle has %d MiB; at most %d are taken", file.Name, len(file.Content)>>20, maxFile>>20)
		}
	}
	return nil
}

func manifestsFile(environment string) string {
	return path.Join(manifestsFolder, environment+".json")
}

// clusterFile escapes the cluster, which may be an ARN with slashes.
func clusterFile(environment, cluster string) string {
	return manifestsFolder + "/" + environment + "/" + url.PathEscape(cluster) + ".json"
}

// canonical is JSON with sorted keys, without spaces and with every character as
// it is: the same value gives the same bytes.
func canonical(value any) ([]byte, error) {
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(buffer.Bytes(), []byte("\n")), nil
}
