package kubernetes

import (
	"net/http"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/dynamic"
	kubeclient "k8s.io/client-go/kubernetes"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/restmapper"
	"k8s.io/client-go/util/flowcontrol"
)

const (
	// Requests per second of this process to one API server. Its own priority
	// and fairness protects it; ours is a belt against a bug of our own.
	queriesPerSecond = 200
	burst            = 400

	// requestTimeout is above the ten seconds that admission webhooks get by
	// default, and below what makes a person wonder.
	requestTimeout = 15 * time.Second
)

// cluster is one API server. It is safe for concurrent use.
type cluster struct {
	name     string
	settings *rest.Config
	mapper   meta.ResettableRESTMapper
	objects  dynamic.Interface
	// names reads what objects are called, without what is in them.
	names metadata.Interface
	// typed reads pods' logs and nodes; watching has no timeout.
	typed     kubeclient.Interface
	informers *informerSets
	// nodes remembers which are simulated.
	nodes sync.Map
}

func newCluster(name string, settings *rest.Config, version string) (*cluster, error) {
	requests := rest.CopyConfig(settings)
	requests.UserAgent = "slipway/" + version
	requests.RateLimiter = flowcontrol.NewTokenBucketRateLimiter(queriesPerSecond, burst)
	client, err := rest.HTTPClientFor(requests)
	if err != nil {
		return nil, err
	}
	limited := *client
	limited.Timeout = requestTimeout

	dynamicClient, err := dynamic.NewForConfigAndClient(requests, &limited)
	if err != nil {
		return nil, err
	}
	names, err := metadata.NewForConfigAndClient(requests, &limited)
	if err != nil {
		return nil, err
	}
	discoveryClient, err := discovery.NewDiscoveryClientForConfigAndClient(requests, &limited)
	if err != nil {
		return nil, err
	}
	typed, err := typedClient(requests, &limited)
	if err != nil {
		return nil, err
	}
	patiently := *client
	patiently.Transport = patient{next: client.Transport}
	watching, err := typedClient(requests, &patiently)
	if err != nil {
		return nil, err
	}
	return &cluster{
		name:      name,
		settings:  settings,
		mapper:    restmapper.NewDeferredDiscoveryRESTMapper(memory.NewMemCacheClient(discoveryClient)),
		objects:   dynamicClient,
		names:     names,
		typed:     typed,
		informers: newInformerSets(watching),
	}, nil
}

// typedClient speaks protobuf, which costs a fraction of JSON for lists of pods.
func typedClient(settings *rest.Config, client *http.Client) (kubeclient.Interface, error) {
	binary := rest.CopyConfig(settings)
	binary.ContentType = "application/vnd.kubernetes.protobuf"
	binary.AcceptContentTypes = "application/vnd.kubernetes.protobuf,application/json"
	return kubeclient.NewForConfigAndClient(binary, client)
}

func (c *cluster) close() { c.informers.close() }
