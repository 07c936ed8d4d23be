// Package image builds and pushes the images of services.
package image

// BuildImageInput names one image to build.
type BuildImageInput struct {
	Stack   string `json:"stack"`
	Service string `json:"service"`
	// Repository URL and full commit of the source.
	Repository string `json:"repository"`
	Commit     string `json:"commit"`
	// Go is the package path relative to the repository's root.
	Go string `json:"go"`
	// Version becomes a tag of the image, for people who look into the registry.
	// It is not in the image, so that equal source has equal digests.
	Version string `json:"version"`
	// Registries to push to, each as host/path without the service's name.
	Registries []string `json:"registries"`
}

// PromoteImageInput names an image that was tested.
type PromoteImageInput struct {
	Service string `json:"service"`
	// Digest of the image, which is taken as it is.
	Digest     string   `json:"digest"`
	Version    string   `json:"version"`
	Registries []string `json:"registries"`
}

// BuiltImage is an image that all registries hold.
type BuiltImage struct {
	Digest string `json:"digest"`
	// Size of config and layers as stored, in bytes.
	Size int64 `json:"size"`
	// Found tells that the registry already held an image of the same inputs, so nothing was built.
	Found bool `json:"found"`
	// Sent is what went over the wire, in bytes.
	Sent int64 `json:"sent"`
}

// Progress is the heartbeat detail of BuildImage.
type Progress struct {
	// Step is one of StepCheckout, StepCompile and StepPush.
	Step string `json:"step"`
	// Sent is what has gone over the wire so far, in bytes.
	Sent int64 `json:"sent,omitempty"`
}
