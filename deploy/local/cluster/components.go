package cluster

import (
	"path/filepath"
	"strconv"
	"time"

	"github.com/slipway-dev/slipway/deploy/local/ports"
	"github.com/slipway-dev/slipway/deploy/local/process"
)

const (
	// serviceRange is the same in every cluster: no service address is ever
	// routed. Its first address is in the serving certificate.
	serviceRange = "10.96.0.0/16"
	// podRange is where kwok takes the pods' addresses from.
	podRange = "10.244.0.0/16"
	// nodeAddress is that of every simulated node; nothing listens on it.
	nodeAddress = "10.0.0.1"
	// stopGrace is how long a component may take to stop. What it would still
	// do after that is wait for open watches; its state is in etcd.
	stopGrace = 3 * time.Second
	// clientQueries lifts the client-side rate limits of the controllers: many
	// tests share them, and 20 requests a second would be felt.
	clientQueries = "1000"
)

// Etcd is the process that all clusters keep their state in.
func Etcd(binaries, directory, logs string, port int) process.Spec {
	return process.Spec{
		Name:  "etcd",
		Path:  filepath.Join(binaries, "slipway-kubernetes"),
		Args:  []string{"etcd", "--data", filepath.Join(directory, "etcd"), "--listen", "http://" + ports.Address(port)},
		Log:   filepath.Join(logs, "etcd.log"),
		Grace: stopGrace,
	}
}

// APIServer is the API server's process. It needs etcd.
func (c *Cluster) APIServer(logs string) process.Spec {
	return c.spec(c.APIServerName(), logs, "kube-apiserver",
		"--etcd-servers="+c.etcd,
		"--etcd-prefix=/"+c.Name,
		"--bind-address="+ports.Loopback,
		"--secure-port="+strconv.Itoa(c.apiServer),
		"--advertise-address="+ports.Loopback,
		// The loopback address is not allowed as an endpoint of the service
		// "kubernetes", and no pod here would use it.
		"--endpoint-reconciler-type=none",
		"--service-cluster-ip-range="+serviceRange,
		"--tls-cert-file="+c.credentials.Certificate,
		"--tls-private-key-file="+c.credentials.Key,
		"--token-auth-file="+c.credentials.TokenFile,
		"--authorization-mode=RBAC",
		"--service-account-issuer=https://kubernetes.default.svc",
		"--service-account-key-file="+c.credentials.ServiceAccountPublicKey,
		"--service-account-signing-key-file="+c.credentials.ServiceAccountKey,
		"--allow-privileged=true",
		"--profiling=false",
		"--shutdown-delay-duration=0s",
	)
}

// ControllerManager runs the controllers. It needs the API server.
func (c *Cluster) ControllerManager(logs string) process.Spec {
	return c.spec(c.Name+"-controller-manager", logs, "kube-controller-manager",
		"--kubeconfig="+c.file("kube-controller-manager.kubeconfig"),
		"--bind-address="+ports.Loopback,
		"--secure-port="+strconv.Itoa(c.controllers),
		"--tls-cert-file="+c.credentials.Certificate,
		"--tls-private-key-file="+c.credentials.Key,
		"--leader-elect=false",
		"--controllers=*",
		"--root-ca-file="+c.credentials.CA,
		"--service-account-private-key-file="+c.credentials.ServiceAccountKey,
		"--kube-api-qps="+clientQueries,
		"--kube-api-burst="+clientQueries,
		"--profiling=false",
	)
}

// Scheduler is the scheduler's process. It needs the API server.
func (c *Cluster) Scheduler(logs string) process.Spec {
	return c.spec(c.Name+"-scheduler", logs, "kube-scheduler",
		"--kubeconfig="+c.file("kube-scheduler.kubeconfig"),
		"--authentication-kubeconfig="+c.file("kube-scheduler.kubeconfig"),
		"--authorization-kubeconfig="+c.file("kube-scheduler.kubeconfig"),
		"--bind-address="+ports.Loopback,
		"--secure-port="+strconv.Itoa(c.scheduler),
		"--tls-cert-file="+c.credentials.Certificate,
		"--tls-private-key-file="+c.credentials.Key,
		"--leader-elect=false",
		"--kube-api-qps="+clientQueries,
		"--kube-api-burst="+clientQueries,
		"--profiling=false",
	)
}

// Kwok is the process that plays the kubelets. It needs the API server.
func (c *Cluster) Kwok(logs string) process.Spec {
	return process.Spec{
		Name: c.Name + "-kwok",
		Path: filepath.Join(c.binaries, "slipway-kwok"),
		Args: []string{
			"--kubeconfig=" + c.file("kwok.kubeconfig"),
			"--config=" + c.file("stages.yaml"),
			"--manage-all-nodes=true",
			"--cidr=" + podRange,
			"--node-ip=" + nodeAddress,
			"--node-port=0",
			"--server-address=" + ports.Address(c.kwok),
			"--node-lease-duration-seconds=40",
		},
		// Settings in the home directory of whoever runs this must not matter.
		Env:   []string{"KWOK_WORKDIR=" + c.file("kwok")},
		Log:   filepath.Join(logs, c.Name+"-kwok.log"),
		Grace: stopGrace,
	}
}

func (c *Cluster) spec(name, logs, component string, flags ...string) process.Spec {
	return process.Spec{
		Name:  name,
		Path:  filepath.Join(c.binaries, "slipway-kubernetes"),
		Args:  append([]string{component}, flags...),
		Log:   filepath.Join(logs, name+".log"),
		Grace: stopGrace,
	}
}
