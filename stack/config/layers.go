package config

import (
	"path"
	"slices"
	"strings"
	"unicode"
)

// The words that stand for a place in the path of a layer.
const (
	serviceWord     = "{service}"
	environmentWord = "{environment}"
	clusterWord     = "{cluster}"
)

// DefaultLayers are the layers of a stack that names none, from the general to
// the special.
func DefaultLayers() []string {
	return []string{
		"config/" + serviceWord + ".conf",
		"config/" + environmentWord + "/" + serviceWord + ".conf",
		"config/" + environmentWord + "/" + clusterWord + "/" + serviceWord + ".conf",
	}
}

// CheckLayer says what is wrong with the path of a layer, apart from what may
// be wrong with any path; nothing when it is right.
func CheckLayer(layer string) (problem, hint string) {
	plain := strings.NewReplacer(serviceWord, "", environmentWord, "", clusterWord, "").Replace(layer)
	switch {
	case !strings.Contains(layer, serviceWord):
		return "does not hold " + serviceWord, "services would share it: include a shared file from theirs"
	case strings.ContainsAny(plain, "{}"):
		return "holds braces around something else", "only " + serviceWord + ", " + environmentWord + " and " + clusterWord + " stand for something"
	case !slices.Contains(Forms(), path.Ext(layer)):
		return "does not tell the form of the file", "end it in " + strings.Join(Forms(), ", ")
	case strings.Contains(layer, clusterWord) && !strings.Contains(layer, environmentWord):
		return "holds " + clusterWord + " without " + environmentWord, "a cluster may belong to several environments"
	}
	return "", ""
}

// in gives the file of a layer for a place, if the place has one there.
func (p Place) in(layer string) (name string, ok bool) {
	if p.Cluster == "" && strings.Contains(layer, clusterWord) {
		return "", false
	}
	return strings.NewReplacer(
		serviceWord, p.Service, environmentWord, p.Environment, clusterWord, ClusterName(p.Cluster),
	).Replace(layer), true
}

// ClusterName is a kubeconfig context as it stands in the path of a layer:
// characters that do not belong into file names are hyphens.
func ClusterName(context string) string {
	if context == "." || context == ".." {
		return strings.Repeat("-", len(context))
	}
	return strings.Map(func(char rune) rune {
		if unicode.IsLetter(char) || unicode.IsDigit(char) || strings.ContainsRune("._-", char) {
			return char
		}
		return '-'
	}, context)
}
