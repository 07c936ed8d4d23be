package stack

import (
	"bytes"
	"errors"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"sigs.k8s.io/kustomize/api/konfig"
	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/yaml"
)

// kustomizeFiles is the repository as kustomize sees it: read-only, with the
// root of the repository as the root of the file system. It looks at each
// kustomization before kustomize does, because the library cannot be told to
// stay off the network.
//
// The embedded file system is empty and takes the methods that building does
// not use.
type kustomizeFiles struct {
	filesys.FileSystem
	files *files

	// top is the directory that is built.
	top string

	// refused is what is not allowed; the library would hide it behind errors
	// of its own.
	refused Errors

	// ownSchema tells that a kustomization brought a schema, which the library
	// would go on using for those after it.
	ownSchema bool
}

// CleanedAbs splits a path into its directory and its file, which is empty when
// the path is a directory.
func (k *kustomizeFiles) CleanedAbs(name string) (filesys.ConfirmedDir, string, error) {
	absolute := path.Join("/", name)
	info, err := k.files.root.Stat(relative(absolute))
	if err != nil {
		return "", "", fmt.Errorf("%q %s", relative(absolute), pathProblem(err))
	}
	if info.IsDir() {
		return filesys.ConfirmedDir(absolute), "", nil
	}
	directory, file := path.Split(absolute)
	return filesys.ConfirmedDir(path.Clean(directory)), file, nil
}

// ReadFile reads a file of the repository within the limits of files.
func (k *kustomizeFiles) ReadFile(name string) ([]byte, error) {
	name = relative(path.Join("/", name))
	data, err := k.files.read(name)
	var limit limitError
	if errors.As(err, &limit) {
		return nil, k.refuse(Error{File: k.top, Problem: limit.Error(), Hint: "split the service"})
	}
	if err != nil {
		return nil, fmt.Errorf("%q %s", name, pathProblem(err))
	}
	if textExpandsTooFar(data) {
		return nil, k.refuse(tooFar(name))
	}
	if !slices.Contains(konfig.RecognizedKustomizationFileNames(), path.Base(name)) {
		return data, nil
	}
	return k.readKustomization(name, data)
}

// readKustomization refuses what leads out of the repository or runs programs,
// and asks the topmost kustomization to say where its objects come from. What
// it cannot read it leaves to kustomize to complain of.
func (k *kustomizeFiles) readKustomization(name string, data []byte) ([]byte, error) {
	var kustomization, fixed types.Kustomization
	if readable := kustomization.Unmarshal(data) == nil && fixed.Unmarshal(data) == nil; !readable {
		return data, nil
	}
	fixed.FixKustomization()
	for _, field := range runs(&fixed) {
		err := Error{File: name, Field: field, Problem: "runs plugins or charts", Hint: "build it before, and name what it makes under resources"}
		return nil, k.refuse(err)
	}
	for _, reference := range references(&fixed) {
		if !remotePattern.MatchString(reference) {
			continue
		}
		line := lineOf(data, reference)
		err := Error{File: name, Line: line, Problem: fmt.Sprintf("%q is not in the repository", reference), Hint: "copy it into the repository"}
		return nil, k.refuse(err)
	}
	for _, patch := range patches(&fixed) {
		if textExpandsTooFar([]byte(patch.Patch)) {
			return nil, k.refuse(tooFar(name))
		}
	}
	if len(kustomization.OpenAPI) > 0 {
		k.ownSchema = true
	}
	if path.Dir(name) != path.Clean(k.top) || slices.Contains(kustomization.BuildMetadata, types.OriginAnnotations) {
		return data, nil
	}
	kustomization.BuildMetadata = append(kustomization.BuildMetadata, types.OriginAnnotations)
	return yaml.Marshal(kustomization)
}

// refuse records the first refusal; the library may go on and run into others.
func (k *kustomizeFiles) refuse(err Error) error {
	if len(k.refused) == 0 {
		k.refused = Errors{err}
	}
	return err
}

// runs returns the fields in use that run something: containers, programs, helm.
func runs(k *types.Kustomization) []string {
	used := map[string]bool{
		"generators":                  len(k.Generators) > 0,
		"helmChartInflationGenerator": len(k.HelmChartInflationGenerator) > 0,
		"helmCharts":                  len(k.HelmCharts) > 0,
		"helmGlobals":                 k.HelmGlobals != nil,
		"transformers":                len(k.Transformers) > 0,
		"validators":                  len(k.Validators) > 0,
	}
	var fields []string
	for field, is := range used {
		if is {
			fields = append(fields, field)
		}
	}
	slices.Sort(fields)
	return fields
}

// patches returns the patches of a kustomization in all their forms. The old
// form of a strategic patch is a path or YAML, and kustomize finds out which.
func patches(k *types.Kustomization) []types.Patch {
	all := slices.Concat(k.Patches, k.PatchesJson6902) //nolint:staticcheck // repositories still use it
	for _, either := range k.PatchesStrategicMerge {   //nolint:staticcheck // repositories still use it
		all = append(all, types.Patch{Path: string(either), Patch: string(either)})
	}
	return all
}

// references returns everything in a kustomization that is a path to kustomize.
func references(k *types.Kustomization) []string {
	all := slices.Concat(k.Resources, k.Components, k.Crds, k.Configurations)
	for _, patch := range patches(k) {
		all = append(all, patch.Path)
	}
	for _, replacement := range k.Replacements {
		all = append(all, replacement.Path)
	}
	pairs := make([]types.KvPairSources, 0, len(k.ConfigMapGenerator)+len(k.SecretGenerator))
	for _, generator := range k.ConfigMapGenerator {
		pairs = append(pairs, generator.KvPairSources)
	}
	for _, generator := range k.SecretGenerator {
		pairs = append(pairs, generator.KvPairSources)
	}
	for _, source := range pairs {
		all = append(all, source.EnvSource)
		all = append(all, source.EnvSources...)
		for _, file := range source.FileSources {
			_, named, hasName := strings.Cut(file, "=")
			all = append(all, file)
			if hasName {
				all = append(all, named)
			}
		}
	}
	return append(all, k.OpenAPI["path"])
}

// remotePattern is what kustomize would fetch instead of looking for a file: URLs,
// the short forms of Git, and everything below github.com.
var remotePattern = regexp.MustCompile(`(?i)^(git::|https?:|[a-z][a-z0-9+.-]*://|github\.com[/:]|[a-z][a-z0-9-]*@)`)

// lineOf returns the first line that holds a text, or zero.
func lineOf(data []byte, text string) int {
	before, _, found := bytes.Cut(data, []byte(text))
	if !found {
		return 0
	}
	return bytes.Count(before, []byte("\n")) + 1
}

func relative(absolute string) string {
	if absolute == "/" {
		return "."
	}
	return strings.TrimPrefix(absolute, "/")
}
