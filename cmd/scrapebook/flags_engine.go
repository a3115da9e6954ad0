package main

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/spf13/cobra"

	"github.com/scrapebook/scrapebook/signals/replay"
)

// engineFlags are a server's own flags that say what PromQL means.
type engineFlags struct {
	lookback duration
	timeout  duration
	features []string
}

func (f *engineFlags) register(cmd *cobra.Command) {
	cmd.Flags().Var(&f.lookback, "lookback-delta", "how long a sample without successor stays visible, as a server's --query.lookback-delta (default 5m)")
	cmd.Flags().Var(&f.timeout, "timeout", "how long the evaluation of one expression may take, as a server's --query.timeout (default 2m)")
	registerFeatures(cmd, &f.features)
}

func registerFeatures(cmd *cobra.Command, features *[]string) {
	cmd.Flags().StringSliceVar(features, "enable-feature", nil, "`FEATURES` as of a server, separated by commas")
	completeValues(cmd, "enable-feature", replay.Features()...)
}

func checkFeatures(features []string) error {
	if err := replay.CheckFeatures(features); err != nil {
		return fmt.Errorf("--enable-feature: %w", err)
	}
	return nil
}

// apply sets what the flags mean to a replay.
func (f *engineFlags) apply(opts *replay.Options) error {
	opts.Lookback, opts.Timeout, opts.Features = f.lookback.Duration, f.timeout.Duration, f.features
	return checkFeatures(f.features)
}

// externalFlags are what a server's configuration tells templates.
type externalFlags struct {
	labels []string
	url    string
}

func (f *externalFlags) register(cmd *cobra.Command) {
	fl := cmd.Flags()
	fl.StringArrayVar(&f.labels, "external-label", nil, "`NAME=VALUE` of global.external_labels, for templates; may be repeated")
	fl.StringVar(&f.url, "external-url", "", "`URL` as a server's --web.external-url, for templates")
}

func (f *externalFlags) apply(opts *replay.Options) error {
	set := map[string]string{}
	for _, kv := range f.labels {
		name, value, ok := strings.Cut(kv, "=")
		if !ok || !model.UTF8Validation.IsValidLabelName(name) || !model.LabelValue(value).IsValid() {
			return fmt.Errorf("--external-label %s: write NAME=VALUE", kv)
		}
		set[name] = value
	}
	opts.ExternalLabels = labels.FromMap(set)
	if f.url == "" {
		return nil
	}
	u, err := url.Parse(f.url)
	if err == nil && (u.Scheme == "" || u.Host == "") {
		err = errors.New("write it in full, such as https://prometheus.example.org/path")
	}
	if err != nil {
		return fmt.Errorf("--external-url %s: %w", f.url, err)
	}
	u.Path = strings.TrimRight(u.Path, "/") // as cmd/prometheus computeExternalURL
	opts.ExternalURL = u
	return nil
}
