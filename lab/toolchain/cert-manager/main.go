// Command cert-manager runs those of cert-manager's controllers that the lab needs: certificates, their requests, and issuers that are self-signed or have an authority of
// their own. The project's own command is no module, and brings the libraries of every cloud for ACME, Vault and Venafi. One instance only, so without an election.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"github.com/cert-manager/cert-manager/pkg/controller"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificaterequests/approver"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificaterequests/ca"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificaterequests/selfsigned"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/issuing"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/keymanager"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/readiness"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/requestmanager"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/revisionmanager"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/trigger"
	_ "github.com/cert-manager/cert-manager/pkg/controller/clusterissuers"
	_ "github.com/cert-manager/cert-manager/pkg/controller/issuers"
	_ "github.com/cert-manager/cert-manager/pkg/issuer/ca"
	_ "github.com/cert-manager/cert-manager/pkg/issuer/selfsigned"
	"github.com/cert-manager/cert-manager/pkg/logs"
	"github.com/cert-manager/cert-manager/pkg/util"
)

// workers of each controller: what cert-manager's own command has by default.
const workers = 5

func main() {
	kubeconfig := flag.String("kubeconfig", "", "how to reach the API server")
	address := flag.String("metrics-listen-address", "127.0.0.1:9402", "address for /metrics")
	namespace := flag.String("cluster-resource-namespace", "cert-manager", "namespace of the Secrets of cluster issuers")
	version := flag.Bool("version", false, "print the version and end")
	flag.Parse()
	if *version {
		fmt.Println(util.AppVersion)
		return
	}
	logs.InitLogs()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *kubeconfig, *address, *namespace); err != nil {
		log.Fatal(err)
	}
}

// run starts every controller whose package is imported, and returns when all have ended.
func run(ctx context.Context, kubeconfig, address, namespace string) error {
	factory, err := controller.NewContextFactory(ctx, controller.ContextOptions{
		Kubeconfig:    kubeconfig,
		IssuerOptions: controller.IssuerOptions{ClusterResourceNamespace: namespace},
		CertificateOptions: controller.CertificateOptions{
			// What cert-manager's own command has by default.
			CertificateRequestMinimumBackoffDuration: time.Hour,
			CertificateRequestMaximumBackoffDuration: 32 * time.Hour,
		},
	})
	if err != nil {
		return err
	}
	shared, err := factory.Build()
	if err != nil {
		return err
	}
	var controllers []controller.Interface
	for name, construct := range controller.Known() {
		made, err := construct(factory)
		if err != nil {
			return fmt.Errorf("controller %s: %w", name, err)
		}
		controllers = append(controllers, made)
	}
	resources := shared.SharedInformerFactory.Certmanager().V1()
	shared.Metrics.SetupCertificateCollector(resources.Certificates().Lister())
	shared.Metrics.SetupIssuerCollector(resources.Issuers().Lister())
	shared.Metrics.SetupClusterIssuerCollector(resources.ClusterIssuers().Lister())
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return err
	}
	server := shared.Metrics.NewServer(listener)

	ctx, stop := context.WithCancel(ctx)
	defer stop()
	shared.SharedInformerFactory.Start(ctx.Done())
	shared.KubeSharedInformerFactory.Start(ctx.Done())
	var running sync.WaitGroup
	failures := make(chan error, len(controllers)+1)
	begin := func(work func() error) {
		running.Go(func() {
			// One that ends takes the others along, so that the lab sees that it is gone.
			defer stop()
			failures <- work()
		})
	}
	for _, each := range controllers {
		begin(func() error { return each.Run(workers, ctx) })
	}
	begin(func() error { return server.Serve(listener) })
	<-ctx.Done()
	_ = server.Close()
	running.Wait()
	close(failures)
	var failed []error
	for failure := range failures {
		if !errors.Is(failure, http.ErrServerClosed) {
			failed = append(failed, failure)
		}
	}
	return errors.Join(failed...)
}
