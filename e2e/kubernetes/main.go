// Command kubernetes checks manifests against the types of Kubernetes: every
// field has to exist, once, and have a value of its type. It also checks what the
// types cannot say: that selectors, ports, volumes and secrets fit each other. It
// is a module of its own, because the portal needs none of this.
package main

import (
	"bytes"
	"fmt"
	"os"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"
	"sigs.k8s.io/yaml"
)

func main() {
	failed := len(os.Args) < 2
	for _, file := range os.Args[1:] {
		text, err := os.ReadFile(file)
		if err == nil {
			err = check(text)
		}
		if err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", file, err)
			failed = true
		}
	}
	if failed {
		os.Exit(1)
	}
	fmt.Println("The manifests fit the types of Kubernetes.")
}

// check decodes each document and compares those that name each other.
func check(text []byte) error {
	var deployment appsv1.Deployment
	var selectors []metav1.LabelSelector
	var ports []intstr.IntOrString
	for i, document := range bytes.Split(text, []byte("\n---\n")) {
		var is metav1.TypeMeta
		if err := yaml.Unmarshal(document, &is); err != nil {
			return fmt.Errorf("document %d: %w", i+1, err)
		}
		object, known := map[string]any{
			"v1 ConfigMap": &corev1.ConfigMap{}, "v1 Service": &corev1.Service{}, "apps/v1 Deployment": &deployment,
			"policy/v1 PodDisruptionBudget": &policyv1.PodDisruptionBudget{}, "networking.k8s.io/v1 NetworkPolicy": &networkingv1.NetworkPolicy{},
		}[is.APIVersion+" "+is.Kind]
		if !known {
			return fmt.Errorf("document %d: %s %s is no type that this program knows", i+1, is.APIVersion, is.Kind)
		}
		if err := yaml.UnmarshalStrict(document, object); err != nil {
			return fmt.Errorf("%s: %w", is.Kind, err)
		}
		switch o := object.(type) {
		case *corev1.Service:
			selectors = append(selectors, metav1.LabelSelector{MatchLabels: o.Spec.Selector})
			for _, p := range o.Spec.Ports {
				ports = append(ports, p.TargetPort)
			}
		case *policyv1.PodDisruptionBudget:
			selectors = append(selectors, *o.Spec.Selector)
		case *networkingv1.NetworkPolicy:
			selectors = append(selectors, o.Spec.PodSelector)
			for _, rule := range o.Spec.Ingress {
				for _, p := range rule.Ports {
					ports = append(ports, *p.Port)
				}
			}
		}
	}
	return fits(deployment, append(selectors, *deployment.Spec.Selector), ports)
}

// fits returns an error if a selector does not find the pods, or the pods lack a
// port or a volume that is named.
func fits(d appsv1.Deployment, selectors []metav1.LabelSelector, ports []intstr.IntOrString) error {
	for _, s := range selectors {
		selector, err := metav1.LabelSelectorAsSelector(&s)
		if err != nil {
			return err
		}
		if selector.Empty() || !selector.Matches(labels.Set(d.Spec.Template.Labels)) {
			return fmt.Errorf("the selector %q does not find the pods", selector)
		}
	}
	pod := d.Spec.Template.Spec
	there := map[string]bool{}
	for _, v := range pod.Volumes {
		there["volume "+v.Name] = true
	}
	for _, c := range pod.Containers {
		for _, p := range c.Ports {
			there["port "+p.Name] = true
		}
	}
	for _, c := range pod.Containers {
		for _, probe := range []*corev1.Probe{c.StartupProbe, c.LivenessProbe, c.ReadinessProbe} {
			ports = append(ports, probe.HTTPGet.Port)
		}
		for _, m := range c.VolumeMounts {
			if !there["volume "+m.Name] {
				return fmt.Errorf("there is no volume %s", m.Name)
			}
		}
	}
	for _, p := range ports {
		if !there["port "+p.String()] {
			return fmt.Errorf("the pods have no port %s", p.String())
		}
	}
	return nil
}
