// pipit-load: gives a BGP daemon a workload, measures it, and checks what every receiver holds.
// Prints one JSON object; exit status 1 when a step did not end, 2 for wrong usage.

#include <cstdio>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "bench/load/relay.hpp"
#include "bench/load/run.hpp"
#include "bench/load/workload.hpp"

namespace {

using pipit::load::Run;
using pipit::load::RunOptions;
using pipit::load::RunResult;
using pipit::load::Workload;
using pipit::load::WorkloadSize;

struct Arguments {
  RunOptions run;
  WorkloadSize size;
  std::string dut = "10.0.0.1";
  std::string data;
  bool external = false;
  bool overlap = false;
  bool no_reflector = false;
  bool relay = false;
  bool list = false;
  bool stay = false;
  std::int64_t timeout = 120;
};

void describe(CLI::App& app, Arguments& arguments) {
  app.add_option("--dut", arguments.dut, "address of the daemon under test");
  app.add_option("--asn", arguments.run.dut_asn, "its AS number")->required();
  app.add_option("--pid", arguments.run.processes, "its processes, to be measured");
  app.add_option("--senders", arguments.run.senders, "sessions that announce (and receive)");
  app.add_option("--receivers", arguments.run.receivers, "sessions that only receive");
  app.add_option("--idle", arguments.run.idle, "sessions with nothing but KEEPALIVEs");
  app.add_option("--prefixes", arguments.size.prefixes, "prefixes of each sender");
  app.add_option("--per-set", arguments.size.per_set, "prefixes that share attributes");
  app.add_option("--data", arguments.data, "recorded BGP messages instead of synthetic routes");
  app.add_flag("--overlap", arguments.overlap, "all senders announce the same prefixes");
  app.add_flag("--external", arguments.external, "eBGP sessions; iBGP else");
  app.add_flag("--no-reflector", arguments.no_reflector, "no CLUSTER_LIST is expected");
  app.add_option("--steps", arguments.run.steps, "what happens: " + Run::step_names())
      ->delimiter(',')
      ->default_str("initial,late,withdraw,re-announce");
  app.add_option("--timeout", arguments.timeout, "seconds for each step");
  app.add_flag("--stay", arguments.stay,
               "keep the sessions until standard input ends, so that the daemon can be asked");
  app.add_flag("--list", arguments.list, "print the prefixes, and that is all");
  app.add_flag("--relay", arguments.relay, "be the daemon, one that only relays octets");
}

std::string to_json(const RunResult& result, std::size_t routes) {
  std::string phases;
  for (const auto& phase : result.phases) {
    phases += fmt::format(
        R"({}"{}": {{"seconds": {:.4f}, "cpu_seconds": {:.4f}, "own_cpu_seconds": {:.4f}}})",
        phases.empty() ? "" : ", ", phase.name, phase.seconds, phase.cpu_seconds,
        phase.own_cpu_seconds);
  }
  const auto& findings = result.findings;
  return fmt::format(
      R"({{"routes": {}, "phases": {{{}}}, "empty_memory": {}, "full_memory": {}, )"
      R"("peak_memory": {}, "updates": {}, "octets": {}, "outdated": {}, )"
      R"("longest_silence": {:.3f}, "unknown": {}, "echoes": {}, "attribute_errors": {}, )"
      R"("old_versions": {}, "first_error": "{}"}})",
      routes, phases, result.empty_memory, result.full_memory, result.peak_memory, result.updates,
      result.octets, result.outdated, result.longest_silence, findings.unknown, findings.echoes,
      findings.attributes, findings.old_version, findings.first);
}

/// The workload that the arguments ask for; errors in words.
std::expected<Workload, std::string> make_workload(const Arguments& arguments) {
  if (arguments.overlap && arguments.external) {
    return std::unexpected("--overlap is for internal sessions: LOCAL_PREF decides");
  }
  WorkloadSize size = arguments.size;
  size.senders = arguments.overlap ? 1 : arguments.run.senders;
  std::expected<Workload, std::string> made =
      arguments.data.empty()
          ? pipit::load::synthetic_workload(size, Run::address_of, arguments.external)
          : pipit::load::recorded_workload(arguments.data);
  if (made && arguments.overlap) {
    made = pipit::load::overlapped(*made, arguments.run.senders, Run::address_of);
  }
  return made;
}

}  // namespace

int main(int argc, char** argv) {
  Arguments arguments;
  CLI::App app("Gives a BGP daemon a workload, measures it and checks the outcome");
  describe(app, arguments);
  CLI11_PARSE(app, argc, argv);

  if (arguments.relay) {
    fmt::print(stderr, "pipit-load: {}\n", pipit::load::run_relay(arguments.run.dut_asn));
    return 1;
  }
  const auto dut = pipit::net::IpAddress::parse(arguments.dut);
  if (!dut) {
    fmt::print(stderr, "pipit-load: {} is not an address\n", arguments.dut);
    return 2;
  }
  arguments.run.dut = *dut;
  arguments.run.internal = !arguments.external;
  arguments.run.reflector = !arguments.no_reflector;
  arguments.run.timeout = std::chrono::seconds(arguments.timeout);
  if (arguments.run.steps.empty()) {
    arguments.run.steps = {"initial", "late", "withdraw", "re-announce"};
  }
  const auto workload = make_workload(arguments);
  if (!workload) {
    fmt::print(stderr, "pipit-load: {}\n", workload.error());
    return 2;
  }
  if (arguments.list) {
    for (const auto& nlri : workload->prefixes) {
      fmt::print("{}\n", nlri.prefix.to_string());
    }
    return 0;
  }
  Run run(arguments.run, *workload);
  const auto result = run.go();
  if (!result) {
    fmt::print(stderr, "pipit-load: {}\n", result.error());
    return 1;
  }
  fmt::print("{}\n", to_json(*result, workload->routes.size()));
  std::fflush(stdout);
  while (arguments.stay && std::getchar() != EOF) {
  }
  return 0;
}
