package stack

import (
	"fmt"
	"path"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"
	kubejson "k8s.io/apimachinery/pkg/util/json"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/api/resmap"
	"sigs.k8s.io/kustomize/api/resource"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/kustomize/kyaml/openapi"
)

// kustomizing lets one kustomization be built at a time: the library keeps the
// schema of a kustomization in a variable of its package.
var kustomizing sync.Mutex

// loadKustomization builds a kustomization directory and takes its objects.
func (r *renderer) loadKustomization(service, directory string) {
	source := &kustomizeFiles{FileSystem: filesys.MakeFsInMemory(), files: r.files, top: directory}
	built, err := build(source)
	if len(source.refused) > 0 {
		r.errors = append(r.errors, source.refused...)
		return
	}
	if err != nil {
		problem := strings.Join(strings.Fields(err.Error()), " ")
		r.errors = append(r.errors, Error{
			File: directory, Field: "service " + service, Problem: "building the kustomization: " + cut(problem),
			Hint: fmt.Sprintf("kustomize build %s says the same", directory),
		})
		return
	}
	for _, res := range built.Resources() {
		r.takeResource(service, directory, res)
	}
}

func build(source *kustomizeFiles) (built resmap.ResMap, err error) {
	kustomizing.Lock()
	defer kustomizing.Unlock()
	defer func() {
		// The library panics on some malformed input, and a worker has other
		// stacks to render.
		if caught := recover(); caught != nil {
			err = fmt.Errorf("kustomize broke off: %v", caught)
		}
		if source.ownSchema {
			openapi.ResetOpenAPI()
		}
	}()
	return krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(source, path.Join("/", source.top))
}

// takeResource turns what kustomize built into an object, and looks up where it
// is described: the file is known, the name may have changed on the way.
func (r *renderer) takeResource(service, directory string, res *resource.Resource) {
	o := &object{service: service, file: directory}
	origin, err := res.GetOrigin()
	if err == nil && origin != nil {
		o.file = path.Join(directory, origin.Path)
		if origin.Path == "" {
			o.file = path.Join(directory, origin.ConfiguredIn)
		}
		err = res.SetOrigin(nil)
	}
	var data []byte
	if err == nil {
		data, err = res.MarshalJSON()
	}
	if err == nil {
		err = kubejson.Unmarshal(data, &o.content)
	}
	if err != nil {
		r.refuse(o, nil, "reading what kustomize built: "+err.Error(), "")
		return
	}
	o.node = r.described(o)
	r.objects = append(r.objects, o)
}

// described finds the node that describes an object in its file: the one of its
// kind whose name the object's name contains, the same name first.
func (r *renderer) described(o *object) *yaml.Node {
	if !isYAML(o.file) {
		return nil
	}
	documents, broken := r.files.documents(o.file)
	if broken != nil {
		return nil
	}
	var near *yaml.Node
	for _, document := range documents {
		node := resolve(document.Content[0])
		kind, name := child(node, "kind"), (*yaml.Node)(nil)
		if metadata := child(node, "metadata"); metadata != nil {
			name = child(metadata, "name")
		}
		if kind == nil || name == nil || kind.Value != o.kind() {
			continue
		}
		if name.Value == o.name() {
			return node
		}
		if near == nil && strings.Contains(o.name(), name.Value) {
			near = node
		}
	}
	return near
}
