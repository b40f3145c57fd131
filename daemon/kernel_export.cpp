#include "daemon/kernel_export.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace pipit::daemon {
namespace {

constexpr std::chrono::milliseconds kSlice{2};
constexpr std::size_t kDestinationsPerClock = 64;

/// Notes a step when somebody listens; `words` is not called otherwise.
template <typename Words>
void note(std::vector<control::ExplainStep>* trace,
          std::string_view stage,
          bool passed,
          const Words& words) {
  if (trace != nullptr) {
    control::ExplainStep& step = trace->emplace_back();
    step.stage = stage;
    step.result =
        passed ? control::ExplainStep::Result::Passed : control::ExplainStep::Result::Stopped;
    step.text = words();
  }
}

/// "table 100, metric 50"
std::string words_of(const policy::KernelHints& hints) {
  std::vector<std::string> words;
  if (hints.table) {
    words.push_back(fmt::format("table {}", *hints.table));
  }
  if (hints.metric) {
    words.push_back(fmt::format("metric {}", *hints.metric));
  }
  if (hints.preferred_source) {
    words.push_back("preferred source " + hints.preferred_source->to_string());
  }
  return fmt::format("the policy says {}", fmt::join(words, ", "));
}

}  // namespace

KernelExport::KernelExport(net::Loop& loop, rib::Rib& rib, kernel::FibWriter& writer)
    : loop_(loop), rib_(rib), writer_(writer) {
  for (std::size_t index = 0; index < net::kFamilyCount; ++index) {
    rib::Journal& journal = rib_.loc_rib(net::kFamilies[index]).journal();
    tables_[index].cursor = journal.add_cursor(journal.end());
  }
  start_walk();
}

KernelExport::~KernelExport() {
  loop_.cancel(*this);
  for (std::size_t index = 0; index < net::kFamilyCount; ++index) {
    rib_.loc_rib(net::kFamilies[index]).journal().remove_cursor(tables_[index].cursor);
  }
}

void KernelExport::set_options(kernel::ExportOptions options, policy::PolicyRef policy) {
  if (options == options_ && policy == policy_) {
    return;
  }
  options_ = std::move(options);
  policy_ = std::move(policy);
  start_walk();
}

void KernelExport::set_blackholes(std::set<net::Prefix> prefixes) {
  if (prefixes != blackholes_) {
    blackholes_ = std::move(prefixes);
    start_walk();
  }
}

bool KernelExport::caught_up() const {
  for (std::size_t index = 0; index < net::kFamilyCount; ++index) {
    rib::Journal& journal = rib_.loc_rib(net::kFamilies[index]).journal();
    if (tables_[index].walking || journal.position(tables_[index].cursor) != journal.end()) {
      return false;
    }
  }
  return true;
}

void KernelExport::when_caught_up(std::function<void()> action) {
  if (caught_up()) {
    action();
  } else {
    when_caught_up_ = std::move(action);
    loop_.schedule(*this);
  }
}

void KernelExport::start_walk() {
  for (Table& table : tables_) {
    table.walking = true;
    table.walked = 0;
  }
  loop_.schedule(*this);
}

bool KernelExport::run() {
  const net::TimePoint end = net::Clock::now() + kSlice;
  bool more = false;
  for (std::size_t index = 0; index < net::kFamilyCount; ++index) {
    more = advance(index, end) || more;
  }
  if (!more && when_caught_up_) {
    std::exchange(when_caught_up_, {})();
  }
  return more;
}

bool KernelExport::advance(std::size_t index, net::TimePoint end) {
  Table& table = tables_[index];
  const net::Family family = net::kFamilies[index];
  rib::LocRib& routes = rib_.loc_rib(family);
  for (std::size_t count = 1;; ++count) {
    if (const auto id = routes.journal().next(table.cursor)) {
      consider(family, *id);
    } else if (table.walking && table.walked < routes.capacity()) {
      consider(family, rib::DestinationId{table.walked++});
    } else {
      table.walking = false;
      return false;
    }
    if (count % kDestinationsPerClock == 0 && net::Clock::now() >= end) {
      return true;
    }
  }
}

void KernelExport::consider(net::Family family, rib::DestinationId id) {
  const rib::Table& table = rib_.table(family);
  if (!table.destinations().contains(id)) {
    return;
  }
  if (const auto route = wanted(family, id, {.counted = true})) {
    writer_.set(*route);
  } else {
    writer_.remove(table.prefix(id));
  }
}

std::optional<kernel::FibRoute> KernelExport::wanted(net::Family family,
                                                     rib::DestinationId id,
                                                     const ExportWitness& witness) const {
  std::vector<control::ExplainStep>* const trace = witness.trace;
  const rib::LocRib& routes = rib_.table(family);
  const auto best = routes.best(id);
  if (!best) {
    return std::nullopt;
  }
  kernel::FibRoute route;
  route.prefix = routes.prefix(id);
  route.table = options_.table;
  route.metric = options_.metric;
  if (rib_.sources()[best->source].kind != policy::SourceKind::Bgp) {
    const bool blackhole =
        best->source == rib::kOriginateSource && blackholes_.contains(route.prefix);
    note(trace, "local-route", blackhole, [&] {
      return std::string(blackhole ? "originated with kernel: blackhole"
                                   : "a route of this host is not written to its kernel");
    });
    route.type = kernel::RouteType::Blackhole;
    return blackhole ? std::optional(std::move(route)) : std::nullopt;
  }
  const auto hints = accepts(route.prefix, *best, witness);
  if (!hints) {
    return std::nullopt;
  }
  if (*hints != policy::KernelHints{}) {
    note(trace, "kernel-hints", true, [&] { return words_of(*hints); });
  }
  route.table = hints->table.value_or(options_.table);
  route.metric = hints->metric.value_or(options_.metric);
  if (rib_.attributes().view(best->attributes).local.blackhole) {
    note(trace, "blackhole", true, [] { return std::string("packets to it are dropped"); });
    route.type = kernel::RouteType::Blackhole;
    return route;
  }
  route.preferred_source =
      hints->preferred_source ? hints->preferred_source : options_.source(family.afi);
  paths_.clear();
  routes.multipath(id, paths_);
  for (const rib::BestPath& path : paths_) {
    add_hops(path, route);
  }
  note(trace, "next-hops", !route.hops.empty(), [&] {
    return route.hops.empty()
               ? std::string("no next hop resolves to an interface")
               : fmt::format("hops: {}, of paths: {}", route.hops.size(), paths_.size());
  });
  return route.hops.empty() ? std::nullopt : std::optional(std::move(route));
}

std::optional<policy::KernelHints> KernelExport::accepts(const net::Prefix& prefix,
                                                         const rib::BestPath& best,
                                                         const ExportWitness& witness) const {
  const std::uint32_t routes = witness.counted ? 1 : 0;
  if (policy_->accepts_unchanged() && witness.trace == nullptr) {
    policy_->count_unchanged(routes);
    return policy::KernelHints{};
  }
  const rib::Source& source = rib_.sources()[best.source];
  working_.assign(rib_.attributes().view(best.attributes));
  const policy::RouteFacts facts{.prefix = prefix,
                                 .source = policy::SourceKind::Bgp,
                                 .neighbor = source.name,
                                 .neighbor_internal = source.internal,
                                 .neighbor_address = source.address,
                                 .interface_index = source.interface_index,
                                 .own_asn = rib_.options().asn,
                                 .next_hops = &rib_.next_hops(),
                                 .routes = routes};
  policy::Recorder recorder;
  const policy::Outcome outcome =
      policy_->evaluate(facts, working_, witness.trace == nullptr ? nullptr : &recorder);
  if (witness.trace != nullptr) {
    note(witness.trace, "export-policy", outcome.accepted,
         [&] { return rib::describe(outcome, policy_->name()); });
    witness.trace->back().rules = recorder.take();
  }
  return outcome.accepted ? std::optional(outcome.kernel) : std::nullopt;
}

void KernelExport::add_hops(const rib::BestPath& path, kernel::FibRoute& route) const {
  const rib::NextHopKey key = rib::Table::next_hop_key(rib_.attributes().view(path.attributes),
                                                       rib_.sources()[path.source]);
  const rib::Resolution& resolution = rib_.next_hops().resolve(key);
  for (const rib::IgpHop& way : resolution.hops) {
    kernel::Hop hop;
    hop.interface_index = way.interface_index;
    hop.gateway = way.gateway ? *way.gateway : key.address;
    // Reachable on the interface without a subnet of ours that says so.
    hop.onlink = !way.gateway && !resolution.connected;
    if (std::find(route.hops.begin(), route.hops.end(), hop) == route.hops.end()) {
      route.hops.push_back(hop);
    }
  }
}

}  // namespace pipit::daemon
