package main

import (
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/spf13/cobra"
	"go.etcd.io/etcd/server/v3/embed"
)

// startTimeout bounds how long etcd may take to serve its first request.
const startTimeout = 60 * time.Second

func newEtcdCommand() *cobra.Command {
	var data, listen string
	command := &cobra.Command{
		Use:           "etcd",
		Short:         "one etcd member, without fsync",
		SilenceUsage:  true,
		SilenceErrors: false,
		RunE: func(command *cobra.Command, _ []string) error {
			return runEtcd(command, data, listen)
		},
	}
	command.Flags().StringVar(&data, "data", "", "data directory")
	command.Flags().StringVar(&listen, "listen", "http://127.0.0.1:2379", "client URL")
	return command
}

func runEtcd(command *cobra.Command, data, listen string) error {
	client, err := url.Parse(listen)
	if err != nil {
		return fmt.Errorf("parsing --listen: %w", err)
	}
	config := embed.NewConfig()
	config.Dir = data
	config.LogLevel = "warn"
	config.UnsafeNoFsync = true
	config.AutoCompactionMode = "periodic"
	config.AutoCompactionRetention = "10m"
	config.QuotaBackendBytes = 4 << 30
	config.ListenClientUrls = []url.URL{*client}
	config.AdvertiseClientUrls = []url.URL{*client}
	// The only member needs no peers; port 0 keeps it off the well-known one.
	peer := url.URL{Scheme: "http", Host: "127.0.0.1:0"}
	config.ListenPeerUrls = []url.URL{peer}
	config.AdvertisePeerUrls = []url.URL{peer}
	config.InitialCluster = config.InitialClusterFromName(config.Name)

	server, err := embed.StartEtcd(config)
	if err != nil {
		return fmt.Errorf("starting etcd: %w", err)
	}
	defer server.Close()
	select {
	case <-server.Server.ReadyNotify():
	case <-time.After(startTimeout):
		return errors.New("etcd was not ready in time")
	}
	select {
	case <-command.Context().Done():
		return nil
	case err := <-server.Err():
		return fmt.Errorf("serving etcd: %w", err)
	}
}
