package clusterproxy

import (
	"net/http/httptest"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	t.Parallel()
	const deployments = "/apis/apps/v1/namespaces/shop/deployments"
	for name, test := range map[string]struct {
		method, url, contentType, body string
		want                           target
	}{
		"a list":                     {method: "GET", url: "/api/v1/namespaces/shop/pods", want: target{verb: "list", Object: Object{Resource: "pods", Namespace: "shop"}}},
		"a list of all namespaces":   {method: "GET", url: "/api/v1/pods", want: target{verb: "list", Object: Object{Resource: "pods"}}},
		"a watch":                    {method: "GET", url: deployments + "?watch=true", want: target{verb: "watch", Object: Object{Resource: "deployments.apps", Namespace: "shop"}}},
		"a watch in the old writing": {method: "GET", url: deployments + "?watch=1", want: target{verb: "watch", Object: Object{Resource: "deployments.apps", Namespace: "shop"}}},
		"a get":                      {method: "GET", url: deployments + "/cart", want: target{verb: "get", Object: Object{Resource: "deployments.apps", Namespace: "shop", Name: "cart"}}},
		"a create":                   {method: "POST", url: deployments, want: target{verb: "create", write: true, Object: Object{Resource: "deployments.apps", Namespace: "shop"}}},
		"an update":                  {method: "PUT", url: deployments + "/cart", want: target{verb: "update", write: true, Object: Object{Resource: "deployments.apps", Namespace: "shop", Name: "cart"}}},
		"a patch":                    {method: "PATCH", url: deployments + "/cart", contentType: "application/merge-patch+json", want: target{verb: "patch", write: true, Object: Object{Resource: "deployments.apps", Namespace: "shop", Name: "cart"}}},
		"an apply":                   {method: "PATCH", url: deployments + "/cart", contentType: "application/apply-patch+yaml; charset=utf-8", want: target{verb: "apply", write: true, Object: Object{Resource: "deployments.apps", Namespace: "shop", Name: "cart"}}},
		"an apply by a manager":      {method: "PATCH", url: deployments + "/cart?fieldManager=ann&force=false", contentType: "application/apply-patch+yaml; charset=utf-8", want: target{verb: "apply", write: true, manager: "ann", Object: Object{Resource: "deployments.apps", Namespace: "shop", Name: "cart"}}},
		"an apply in CBOR":           {method: "PATCH", url: deployments + "/cart", contentType: "application/apply-patch+cbor", want: target{verb: "apply", write: true, Object: Object{Resource: "deployments.apps", Namespace: "shop", Name: "cart"}}},
		"a dry run":                  {method: "PATCH", url: deployments + "/cart?dryRun=All", want: target{verb: "patch", write: true, dryRun: true, Object: Object{Resource: "deployments.apps", Namespace: "shop", Name: "cart"}}},
		"a delete":                   {method: "DELETE", url: deployments + "/cart", want: target{verb: "delete", write: true, Object: Object{Resource: "deployments.apps", Namespace: "shop", Name: "cart"}}},
		"a dry run of a delete":      {method: "DELETE", url: deployments + "/cart", body: `{"dryRun":["All"]}`, want: target{verb: "delete", write: true, dryRun: true, Object: Object{Resource: "deployments.apps", Namespace: "shop", Name: "cart"}}},
		"a delete of many":           {method: "DELETE", url: deployments, want: target{verb: "deletecollection", write: true, Object: Object{Resource: "deployments.apps", Namespace: "shop"}}},
		"a subresource":              {method: "PATCH", url: deployments + "/cart/scale", want: target{verb: "patch", write: true, Object: Object{Resource: "deployments.apps", Subresource: "scale", Namespace: "shop", Name: "cart"}}},
		"a namespace":                {method: "DELETE", url: "/api/v1/namespaces/shop", want: target{verb: "delete", write: true, Object: Object{Resource: "namespaces", Namespace: "shop", Name: "shop"}}},
		"a subresource of namespace": {method: "PUT", url: "/api/v1/namespaces/shop/finalize", want: target{verb: "update", write: true, Object: Object{Resource: "namespaces", Subresource: "finalize", Namespace: "shop", Name: "shop"}}},
		"namespaces":                 {method: "GET", url: "/api/v1/namespaces", want: target{verb: "list", Object: Object{Resource: "namespaces"}}},
		"an object of the cluster":   {method: "GET", url: "/api/v1/nodes/one", want: target{verb: "get", Object: Object{Resource: "nodes", Name: "one"}}},
		"discovery":                  {method: "GET", url: "/apis/apps/v1", want: target{verb: "get"}},
		"all groups":                 {method: "GET", url: "/apis", want: target{verb: "get"}},
		"health":                     {method: "GET", url: "/readyz?verbose", want: target{verb: "get"}},
		"the root":                   {method: "GET", url: "/", want: target{verb: "get"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			request := httptest.NewRequest(test.method, test.url, strings.NewReader(test.body))
			request.Header.Set("Content-Type", test.contentType)
			got := parse(request, []byte(test.body))
			path := request.URL.Path
			if got.Subresource != "" {
				path = strings.TrimSuffix(path, "/"+got.Subresource)
			}
			if got.path != path {
				t.Errorf("the object's path is %q, want %q", got.path, path)
			}
			got.path = ""
			if got != test.want {
				t.Errorf("got  %+v\nwant %+v", got, test.want)
			}
		})
	}
}
