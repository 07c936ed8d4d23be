// Package config renders the config of a service: it finds the file that
// belongs to an environment and a cluster, resolves it with what it includes,
// holds it to be free of credentials and to meet its schema, and prints it as
// the content of a ConfigMap.
//
// It is pure but for reading files below the root that it is given. The
// environment of the process plays no part, so that the same commit gives the
// same config everywhere.
package config

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"github.com/slipway-dev/slipway/hocon"
)

// DefaultFile is the key of a ConfigMap, and so the file in a pod, unless the
// stack file says otherwise.
const DefaultFile = "application.conf"

// EnvFile in the place of a file's name makes one key of each value, for pods
// that take their config as environment variables.
const EnvFile = "env"

// hashDigits is how much of the hash a name carries: it has to differ only
// among the few ConfigMaps of one service.
const hashDigits = 10

// Spec is what the stack file says of the config of a service. The zero Spec is
// that of a service that has config without saying so.
type Spec struct {
	// File is the key in the ConfigMap; empty means DefaultFile. Its ending is
	// the form: .conf, .json or .properties. EnvFile has no file.
	File string `json:"file,omitempty"`

	// Schema is a JSON Schema that the resolved config has to meet, as a path
	// relative to the root of the repository.
	Schema string `json:"schema,omitempty"`

	// Secrets are the substitutions that stay open in the config, by name, and
	// where pods take their values from.
	Secrets map[string]SecretKey `json:"secrets,omitempty"`

	// NotSecret are paths of values that look like credentials and are none, or
	// of objects with such values.
	NotSecret []string `json:"notSecret,omitempty"`
}

// SecretKey is a key of a Secret in the cluster.
type SecretKey struct {
	Secret string `json:"secret"`
	Key    string `json:"key"`
}

// Rendered is the config of a service as pods get it. It is shared and must not
// be changed.
type Rendered struct {
	Service string

	// File is the layer that it was read from, and Config what it says with all
	// that it includes.
	File   string
	Config *hocon.Config

	// Data is the content of the ConfigMap, and Hash the digits of its name. Key
	// is the one key of Data when the config is a file; it is empty when each
	// value has a key of its own.
	Data map[string]string
	Key  string
	Hash string

	// Secrets are the substitutions that are open in it.
	Secrets map[string]SecretKey
}

// BaseName is what manifests call the ConfigMap of a service.
func BaseName(service string) string { return service + "-config" }

// Name is the name of the ConfigMap: that which manifests use and a hash of its
// content.
func (r *Rendered) Name() string { return BaseName(r.Service) + "-" + r.Hash }

// hash is made from keys and values alone, and so is the same for the same
// content wherever it came from.
func hash(data map[string]string) (string, error) {
	canonical, err := json.Marshal(data)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(canonical)
	return hex.EncodeToString(sum[:])[:hashDigits], nil
}
