//! The templates in `docs/guides/density`: each field is one that kube-burner or KubeVirt has, of its type, and what must be
//! there is there.

use std::fs;

use boot256_smoke_tests::schema::{JobType, Kind, KubeBurner, Labels, Machine, Pool, RunStrategy};
use serde::de::DeserializeOwned;

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
    instance.check().unwrap();
    let disk = instance.volumes[0].container_disk.as_ref().expect("a container disk");
    let policy = disk.image_pull_policy.as_deref().unwrap_or_default();
    assert!(["Always", "IfNotPresent", "Never"].contains(&policy), "{policy}");
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
    let disk = machine.spec.template.spec.volumes[0].container_disk.as_ref();
    assert_eq!(disk.map(|disk| disk.image.as_str()), Some("registry/boot256"));
}

#[test]
fn pool() {
    let pool: Kind<Pool> = read("pool.yaml", &[]);
    assert_eq!((pool.api_version.as_str(), pool.kind.as_str()), ("pool.kubevirt.io/v1beta1", "VirtualMachinePool"));
    let template = &pool.spec.virtual_machine_template;
    assert_eq!(template.metadata.labels, pool.spec.selector.match_labels, "the pool does not find its machines");
    is_a_machine(&template.spec, &pool.spec.selector.match_labels);
}
