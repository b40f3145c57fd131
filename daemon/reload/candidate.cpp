#include "daemon/reload/candidate.hpp"

#include <new>
#include <set>
#include <utility>

namespace pipit::daemon {

namespace {

Candidate read(const RunningConfig& running) {
  Candidate candidate;
  auto loaded = config::load(running.file, config::Purpose::Run);
  if (!loaded) {
    candidate.diagnostics = config::to_text(loaded.error());
    return candidate;
  }
  if (auto completed = complete(loaded->config, &running.config); !completed) {
    candidate.diagnostics = completed.error() + '\n';
    return candidate;
  }
  candidate.plan = plan_reload(running, std::move(loaded->config));
  candidate.diagnostics = config::to_text(loaded->warnings);
  candidate.octets = loaded->octets;
  return candidate;
}

}  // namespace

Candidate read_candidate(const RunningConfig& running) {
  try {
    return read(running);
  } catch (const std::bad_alloc&) {
    Candidate candidate;
    candidate.diagnostics = running.file + ": error: there is not enough memory to load it\n";
    return candidate;
  }
}

Candidate kept_candidate(const RunningConfig& running,
                         const ConfigHistory::ConfigRef& config,
                         std::size_t octets) {
  Candidate candidate;
  candidate.plan = plan_reload(running, *config);
  candidate.octets = octets;
  return candidate;
}

control::DaemonView::ConfigDiff difference(const RunningConfig& running,
                                           const std::string& file,
                                           const std::string& text) {
  using control::Refusal;
  auto loaded = config::load_text(text, file, config::Purpose::Run);
  if (!loaded) {
    return std::unexpected(
        Refusal{Refusal::Kind::Refused,
                file + " has errors; `pipit check` and `pipitd --check` tell them"});
  }
  if (auto completed = complete(loaded->config, &running.config); !completed) {
    return std::unexpected(Refusal{Refusal::Kind::Refused, completed.error()});
  }
  std::vector<control::ConfigChangeRow> rows;
  for (const config::KeyChange& change : config::compare(running.config, loaded->config).keys) {
    rows.push_back(change_row(change));
  }
  return rows;
}

control::ConfigCheck check_text(const std::string& file, const std::string& text) {
  const auto loaded = config::load_text(text, file);
  control::ConfigCheck result{.ok = loaded.has_value(), .diagnostics = {}};
  std::set<std::string> others;
  for (const config::Diagnostic& diagnostic : loaded ? loaded->warnings : loaded.error()) {
    if (diagnostic.file == file) {
      result.diagnostics += diagnostic.to_text();
    } else if (others.insert(diagnostic.file).second) {
      result.diagnostics += diagnostic.file + ": see pipitd --check\n";
    }
  }
  return result;
}

}  // namespace pipit::daemon
