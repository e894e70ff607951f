//! The templates in `docs/guides/density`: each field is one that kube-burner or KubeVirt has, of its type, and what must be
//! there is there. Unknown fields are refused, as the API servers do with strict validation.
//!
//! The structures are written after kube-burner's `pkg/config/types.go` (tree of 2026-07-01) and KubeVirt 1.9's
//! `staging/src/kubevirt.io/api/{core/v1,pool/v1beta1}/types.go`: the fields that the templates use, and no others.
#![allow(dead_code)] // What is read into them is all that is looked at.

use std::collections::BTreeMap;
use std::fs;

use serde::Deserialize;
use serde::de::DeserializeOwned;

type Labels = BTreeMap<String, String>;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct KubeBurner {
    global: Global,
    jobs: Vec<Job>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Global {
    measurements: Vec<Measurement>,
    gc: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Measurement {
    name: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Job {
    name: String,
    job_type: JobType,
    job_iterations: u32,
    namespaced_iterations: bool,
    namespace: String,
    qps: f32,
    burst: u32,
    verify_objects: bool,
    error_on_verify: bool,
    wait_when_finished: bool,
    pod_wait: bool,
    /// A Go duration.
    max_wait_timeout: String,
    cleanup: bool,
    objects: Vec<Object>,
}

#[derive(Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum JobType {
    Create,
    Delete,
    Read,
    Patch,
    Kubevirt,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Object {
    object_template: String,
    replicas: u32,
    input_vars: Labels,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Kind<Spec> {
    api_version: String,
    kind: String,
    metadata: Metadata,
    spec: Spec,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Metadata {
    name: String,
    labels: Labels,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Pool {
    replicas: u32,
    selector: Selector,
    virtual_machine_template: Template<Machine>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Selector {
    match_labels: Labels,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Template<Spec> {
    metadata: Metadata,
    spec: Spec,
}

/// `VirtualMachineSpec`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Machine {
    run_strategy: RunStrategy,
    template: Template<Instance>,
}

#[derive(Debug, Deserialize, PartialEq, Eq)]
enum RunStrategy {
    Always,
    Halted,
    Manual,
    RerunOnFailure,
    Once,
    WaitAsReceiver,
}

/// `VirtualMachineInstanceSpec`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Instance {
    termination_grace_period_seconds: i64,
    topology_spread_constraints: Vec<Spread>,
    domain: Domain,
    volumes: Vec<Volume>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Spread {
    max_skew: u32,
    topology_key: String,
    when_unsatisfiable: String,
    label_selector: Selector,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Domain {
    firmware: Firmware,
    cpu: Cpu,
    memory: Memory,
    devices: Devices,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Firmware {
    bootloader: Bootloader,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Bootloader {
    bios: Labels,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Cpu {
    cores: u32,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Memory {
    guest: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Devices {
    autoattach_mem_balloon: bool,
    autoattach_pod_interface: bool,
    disks: Vec<Disk>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Disk {
    name: String,
    disk: Target,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Target {
    bus: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Volume {
    name: String,
    container_disk: ContainerDisk,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct ContainerDisk {
    image: String,
    image_pull_policy: String,
}

/// Reads a template, with what its engine fills in.
fn read<T: DeserializeOwned>(name: &str, filled: &[(&str, &str)]) -> T {
    let path = boot256_kit::root().join("docs/guides/density").join(name);
    let mut text = fs::read_to_string(&path).unwrap();
    for (hole, value) in filled {
        assert!(text.contains(hole), "{name} has no {hole}");
        text = text.replace(hole, value);
    }
    assert!(!text.contains("{{"), "{name}: what fills {text}?");
    serde_norway::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// What both templates of a machine must have.
fn is_a_machine(machine: &Machine, labels: &Labels) {
    assert_eq!(machine.run_strategy, RunStrategy::Always);
    assert_eq!(&machine.template.metadata.labels, labels, "nobody finds the machine by its labels");
    let instance = &machine.template.spec;
    assert!(instance.termination_grace_period_seconds > 0, "0 cuts the power at once: the button is not pressed");
    assert_eq!(&instance.topology_spread_constraints[0].label_selector.match_labels, labels);
    assert!(
        ["DoNotSchedule", "ScheduleAnyway"]
            .contains(&instance.topology_spread_constraints[0].when_unsatisfiable.as_str())
    );
    let disks: Vec<&str> = instance.domain.devices.disks.iter().map(|disk| disk.name.as_str()).collect();
    let volumes: Vec<&str> = instance.volumes.iter().map(|volume| volume.name.as_str()).collect();
    assert_eq!(disks, volumes, "each disk is of the volume of its name");
    assert_eq!(instance.domain.devices.disks[0].disk.bus, "virtio");
    assert!(instance.domain.memory.guest.strip_suffix("Mi").is_some_and(|mib| mib.parse::<u32>().is_ok()));
    let policy = &instance.volumes[0].container_disk.image_pull_policy;
    assert!(["Always", "IfNotPresent", "Never"].contains(&policy.as_str()), "{policy}");
}

#[test]
fn kube_burner() {
    let job: KubeBurner = read("kube-burner.yaml", &[("{{.COUNT}}", "3"), ("{{.IMAGE}}", "registry/boot256")]);
    assert_eq!(job.global.measurements[0].name, "vmiLatency");
    let [job] = &job.jobs[..] else { panic!("one job") };
    assert_eq!(job.job_type, JobType::Create);
    assert_eq!((job.objects[0].object_template.as_str(), job.objects[0].replicas), ("machine.yaml", 3));
    let image = job.objects[0].input_vars.get("image").expect("the template's image");
    let filled = [("{{.Iteration}}", "1"), ("{{.Replica}}", "2"), ("{{.image}}", image.as_str())];
    let machine: Kind<Machine> = read("machine.yaml", &filled);
    assert_eq!((machine.api_version.as_str(), machine.kind.as_str()), ("kubevirt.io/v1", "VirtualMachine"));
    assert_eq!(machine.metadata.name, "boot256-1-2", "each object needs a name of its own");
    is_a_machine(&machine.spec, &machine.metadata.labels);
    assert_eq!(machine.spec.template.spec.volumes[0].container_disk.image, "registry/boot256");
}

#[test]
fn pool() {
    let pool: Kind<Pool> = read("pool.yaml", &[]);
    assert_eq!((pool.api_version.as_str(), pool.kind.as_str()), ("pool.kubevirt.io/v1beta1", "VirtualMachinePool"));
    let template = &pool.spec.virtual_machine_template;
    assert_eq!(template.metadata.labels, pool.spec.selector.match_labels, "the pool does not find its machines");
    is_a_machine(&template.spec, &pool.spec.selector.match_labels);
}
