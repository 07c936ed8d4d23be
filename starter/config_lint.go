package starter

import (
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/slipway-dev/slipway/stack"
	"github.com/slipway-dev/slipway/stack/config"
)

func newConfigLint(streams Streams) *cobra.Command {
	var source configSource
	var strict bool
	cmd := &cobra.Command{
		Use:   "lint",
		Short: "render the config of all services everywhere and say what is wrong or looks wrong",
		Long: `Lint renders the config of every service for every environment and cluster. What
a release would refuse is an error. What is legal but hardly meant is a warning:
a file that nothing reads, a layer that does not include the one before it, a
secret that no config refers to.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, release := streams.untilInterrupt(cmd.Context())
			defer release()
			files, err := source.open(ctx)
			if err != nil {
				return orInterrupt(ctx, err)
			}
			defer files.close()
			found := files.lint()
			if err := found.print(streams.Out); err != nil {
				return err
			}
			if len(found.errors) > 0 || strict && len(found.warnings) > 0 {
				return finish(ExitBadInput)
			}
			return nil
		},
	}
	source.flags(cmd)
	cmd.Flags().BoolVar(&strict, "strict", false, "end with exit code 2 on warnings, too")
	return cmd
}

// lintFindings is what lint found; a text that comes from several places
// stands there once.
type lintFindings struct {
	errors   []string
	warnings []string
	rendered int
}

func (l *lintFindings) fail(text string) {
	if !slices.Contains(l.errors, text) {
		l.errors = append(l.errors, text)
	}
}

func (l *lintFindings) warn(format string, args ...any) {
	if text := fmt.Sprintf(format, args...); !slices.Contains(l.warnings, text) {
		l.warnings = append(l.warnings, text)
	}
}

func (l *lintFindings) print(out io.Writer) error {
	var text strings.Builder
	for _, e := range l.errors {
		text.WriteString(e + "\n")
	}
	for _, w := range l.warnings {
		text.WriteString(w + " (warning)\n")
	}
	fmt.Fprintf(&text, "%s rendered, %s, %s\n", count(l.rendered, "config"), count(len(l.errors), "error"), count(len(l.warnings), "warning"))
	_, err := io.WriteString(out, text.String())
	return err
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// lint looks at every service in every place.
func (f *configTree) lint() *lintFindings {
	l := &lintFindings{}
	read := map[string]bool{}
	for _, service := range f.stack.Services {
		used := map[string]bool{}
		for _, environment := range f.stack.Environments {
			for _, cluster := range append([]string{""}, environment.Clusters...) {
				place := config.Place{Service: service.Name, Environment: environment.Name, Cluster: cluster}
				f.lintPlace(l, service, place, read, used)
			}
		}
		for _, name := range slices.Sorted(maps.Keys(specOf(service).Secrets)) {
			if !used[name] && len(l.errors) == 0 {
				l.warn("%s: services.%s.config.secrets.%s: no config of the service refers to ${%s}", stack.FileName, service.Name, name, name)
			}
		}
	}
	f.lintUnread(l, read)
	return l
}

// lintPlace renders one config by itself, so that it is known what it reads.
func (f *configTree) lintPlace(l *lintFindings, service stack.Service, place config.Place, read, used map[string]bool) {
	tree := f.fresh()
	layer, has := tree.Layer(place)
	if !has {
		if service.Config != nil && place.Cluster == "" {
			l.fail(fmt.Sprintf("%s: services.%s.config: there is no file for environment %s; write %s", stack.FileName, service.Name, place.Environment, tree.Candidates(place)[0]))
		}
		return
	}
	rendered, err := tree.Render(service.Name, specOf(service), layer)
	l.rendered++
	reads := tree.Files()
	for _, name := range reads {
		read[name] = true
	}
	if err != nil {
		l.fail(err.Error())
		return
	}
	for name := range rendered.Secrets {
		used[name] = true
	}
	for _, general := range tree.Candidates(place) {
		if _, err := fs.Stat(f.root.FS(), general); err == nil && !slices.Contains(reads, general) {
			l.warn("%s: does not include %s, so that nothing of it counts here; if it is to inherit, write: include %q", layer, general, relative(layer, general))
		}
	}
}

// lintUnread finds the config files that nothing reads: most often the name of
// an environment, a cluster or a service is misspelt.
func (f *configTree) lintUnread(l *lintFindings, read map[string]bool) {
	layers := f.stack.Config.Layers
	if len(layers) == 0 {
		layers = config.DefaultLayers()
	}
	looked := map[string]bool{}
	for _, layer := range layers {
		fixed, _, _ := strings.Cut(layer, "{")
		dir := path.Clean(path.Dir(fixed + "x"))
		if dir == "." || looked[dir] {
			continue
		}
		looked[dir] = true
		// What cannot be listed does not exist or was an error before.
		_ = fs.WalkDir(f.root.FS(), dir, func(name string, entry fs.DirEntry, err error) error {
			if err == nil && !entry.IsDir() && isConfigFile(name) && !read[name] {
				l.warn("%s: is read by no service in any environment; see whether its name is right: %s", name, strings.Join(layers, ", "))
			}
			return nil
		})
	}
}

// relative is how a file includes another one.
func relative(from, to string) string {
	up := strings.Count(path.Dir(from), "/")
	if path.Dir(from) != "." {
		up++
	}
	own, other := strings.Split(from, "/"), strings.Split(to, "/")
	for len(own) > 1 && len(other) > 1 && own[0] == other[0] {
		own, other = own[1:], other[1:]
		up--
	}
	return strings.Repeat("../", up) + strings.Join(other, "/")
}
