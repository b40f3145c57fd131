// pipit-load: gives a BGP daemon a workload, measures it, and checks what every receiver holds.
// Prints one JSON object; exit status 1 when a phase did not end, 2 for wrong usage.

#include <cstdio>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "bench/load/run.hpp"
#include "bench/load/workload.hpp"

namespace {

using pipit::load::Run;
using pipit::load::RunOptions;
using pipit::load::RunResult;
using pipit::load::WorkloadSize;

struct Arguments {
  RunOptions run;
  WorkloadSize size;
  std::string dut = "10.0.0.1";
  std::string data;
  bool external = false;
  bool no_late_joiner = false;
  bool no_churn = false;
  std::int64_t timeout = 120;
};

void describe(CLI::App& app, Arguments& arguments) {
  app.add_option("--dut", arguments.dut, "address of the daemon under test");
  app.add_option("--asn", arguments.run.dut_asn, "its AS number")->required();
  app.add_option("--pid", arguments.run.processes, "its processes, to be measured");
  app.add_option("--senders", arguments.run.senders, "sessions that announce (and receive)");
  app.add_option("--receivers", arguments.run.receivers, "sessions that only receive");
  app.add_option("--prefixes", arguments.size.prefixes, "prefixes of each sender");
  app.add_option("--per-set", arguments.size.per_set, "prefixes that share attributes");
  app.add_option("--data", arguments.data, "recorded BGP messages instead of synthetic routes");
  app.add_flag("--external", arguments.external, "eBGP sessions; iBGP else");
  app.add_flag("--no-late-joiner", arguments.no_late_joiner);
  app.add_flag("--no-churn", arguments.no_churn);
  app.add_option("--timeout", arguments.timeout, "seconds for each phase");
}

std::string to_json(const RunResult& result, std::size_t routes) {
  std::string phases;
  for (const auto& phase : result.phases) {
    phases += fmt::format(R"({}"{}": {{"seconds": {:.4f}, "cpu_seconds": {:.4f}}})",
                          phases.empty() ? "" : ", ", phase.name, phase.seconds, phase.cpu_seconds);
  }
  const auto& findings = result.findings;
  return fmt::format(
      R"({{"routes": {}, "phases": {{{}}}, "peak_memory": {}, "updates": {}, "octets": {}, )"
      R"("unknown": {}, "echoes": {}, "attribute_errors": {}, "old_versions": {}, )"
      R"("first_error": "{}"}})",
      routes, phases, result.peak_memory, result.updates, result.octets, findings.unknown,
      findings.echoes, findings.attributes, findings.old_version, findings.first);
}

}  // namespace

int main(int argc, char** argv) {
  Arguments arguments;
  CLI::App app("Gives a BGP daemon a workload, measures it and checks the outcome");
  describe(app, arguments);
  CLI11_PARSE(app, argc, argv);

  const auto dut = pipit::net::IpAddress::parse(arguments.dut);
  if (!dut) {
    fmt::print(stderr, "pipit-load: {} is not an address\n", arguments.dut);
    return 2;
  }
  arguments.run.dut = *dut;
  arguments.run.internal = !arguments.external;
  arguments.run.late_joiner = !arguments.no_late_joiner;
  arguments.run.churn = !arguments.no_churn;
  arguments.run.timeout = std::chrono::seconds(arguments.timeout);
  arguments.size.senders = arguments.run.senders;

  pipit::load::Workload workload;
  if (arguments.data.empty()) {
    workload = pipit::load::synthetic_workload(arguments.size, Run::address_of, arguments.external);
  } else {
    auto recorded = pipit::load::recorded_workload(arguments.data);
    if (!recorded) {
      fmt::print(stderr, "pipit-load: {}\n", recorded.error());
      return 2;
    }
    workload = std::move(*recorded);
  }
  Run run(arguments.run, workload);
  const auto result = run.go();
  if (!result) {
    fmt::print(stderr, "pipit-load: {}\n", result.error());
    return 1;
  }
  fmt::print("{}\n", to_json(*result, workload.routes.size()));
  return 0;
}
