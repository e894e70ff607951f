//! A world in which the scripts of `tools/smoke` run without any hypervisor.
//!
//! Each tool that a script calls is, first on its PATH, a link to the program `stand-in`, which hands
//! its command line to this world and does what it is told. The world checks the command line against the
//! tool's documented grammar, keeps the machines, and plays what can go wrong: a command refused, a signal
//! in the midst of it, a guest that misbehaves. When the script has ended, the test looks at what is left.
//!
//! It proves what the scripts do, not what the platforms do: those pages say "read", not "run".
//!
//! - [`grammar`]: command lines, and the check of one;
//! - [`tools`]: the tools, one a file, each with the source of its grammar;
//! - [`world`]: machines, things, and the plan of what goes wrong;
//! - [`guest`]: what a machine says over COM1;
//! - [`wire`]: between a stand-in and its world;
//! - [`process`]: a program, and what it leaves behind;
//! - [`schema`]: what kube-burner and KubeVirt take;
//! - [`script`]: runs a script in a world;
//! - [`doors`]: the scripts, and what each must do;
//! - [`check`]: holds a script to it.

pub mod check;
pub mod doors;
pub mod grammar;
pub mod guest;
pub mod process;
pub mod schema;
pub mod script;
pub mod tools;
pub mod wire;
pub mod world;
