//! What kube-burner and KubeVirt take: the fields that the templates in `docs/guides/density` and the script
//! `kubevirt.sh` use, and no others. Unknown fields are refused, as the API servers do with strict validation.
//!
//! Written after kube-burner's `pkg/config/types.go` (tree of 2026-07-01) and KubeVirt 1.9's
//! `staging/src/kubevirt.io/api/{core/v1,pool/v1beta1}/types.go`.
#![allow(missing_docs, reason = "the fields' names are the API's, and documented there")]

use serde::Deserialize;
use std::collections::BTreeMap;

pub type Labels = BTreeMap<String, String>;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KubeBurner {
    pub global: Global,
    pub jobs: Vec<Job>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Global {
    pub measurements: Vec<Measurement>,
    pub gc: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measurement {
    pub name: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Job {
    pub name: String,
    pub job_type: JobType,
    pub job_iterations: u32,
    pub namespaced_iterations: bool,
    pub namespace: String,
    pub qps: f32,
    pub burst: u32,
    pub verify_objects: bool,
    pub error_on_verify: bool,
    pub wait_when_finished: bool,
    pub pod_wait: bool,
    /// A Go duration.
    pub max_wait_timeout: String,
    pub cleanup: bool,
    pub objects: Vec<Object>,
}

#[derive(Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum JobType {
    Create,
    Delete,
    Read,
    Patch,
    Kubevirt,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Object {
    pub object_template: String,
    pub replicas: u32,
    pub input_vars: Labels,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Kind<Spec> {
    pub api_version: String,
    pub kind: String,
    pub metadata: Metadata,
    pub spec: Spec,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Metadata {
    pub name: String,
    pub labels: Labels,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Pool {
    pub replicas: u32,
    pub selector: Selector,
    pub virtual_machine_template: Template<Machine>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Selector {
    pub match_labels: Labels,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Template<Spec> {
    pub metadata: Metadata,
    pub spec: Spec,
}

/// `VirtualMachineSpec`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Machine {
    pub run_strategy: RunStrategy,
    pub template: Template<Instance>,
}

#[derive(Debug, Deserialize, PartialEq, Eq)]
pub enum RunStrategy {
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
pub struct Instance {
    pub start_strategy: Option<String>,
    pub termination_grace_period_seconds: i64,
    #[serde(default)]
    pub topology_spread_constraints: Vec<Spread>,
    pub domain: Domain,
    pub volumes: Vec<Volume>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Spread {
    pub max_skew: u32,
    pub topology_key: String,
    pub when_unsatisfiable: String,
    pub label_selector: Selector,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Domain {
    pub firmware: Firmware,
    pub cpu: Option<Cpu>,
    pub memory: Memory,
    pub devices: Devices,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Firmware {
    pub bootloader: Bootloader,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bootloader {
    pub bios: Labels,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cpu {
    pub cores: u32,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Memory {
    pub guest: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Devices {
    pub autoattach_mem_balloon: bool,
    pub autoattach_pod_interface: Option<bool>,
    pub disks: Vec<Disk>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Disk {
    pub name: String,
    pub disk: Target,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    pub bus: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Volume {
    pub name: String,
    pub container_disk: Option<ContainerDisk>,
    pub data_volume: Option<DataVolume>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct ContainerDisk {
    pub image: String,
    pub image_pull_policy: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataVolume {
    pub name: String,
}

impl Instance {
    /// Each disk is of the volume of its name, on the virtio bus, and a BIOS starts it.
    ///
    /// # Errors
    /// What is wrong.
    pub fn check(&self) -> Result<(), String> {
        let disks: Vec<&str> = self.domain.devices.disks.iter().map(|disk| disk.name.as_str()).collect();
        let volumes: Vec<&str> = self.volumes.iter().map(|volume| volume.name.as_str()).collect();
        if disks != volumes || disks.is_empty() {
            return Err(format!("disks {disks:?}, volumes {volumes:?}"));
        }
        if self.domain.devices.disks.iter().any(|disk| disk.disk.bus != "virtio") {
            return Err("a disk that is not on virtio".into());
        }
        if self.volumes.iter().any(|volume| volume.container_disk.is_some() == volume.data_volume.is_some()) {
            return Err("a volume is one or the other".into());
        }
        let memory = self.domain.memory.guest.strip_suffix("Mi").and_then(|mib| mib.parse::<u32>().ok());
        if memory.is_none_or(|mib| mib < 16) || self.domain.devices.autoattach_mem_balloon {
            return Err("its memory".into());
        }
        Ok(())
    }
}
