#include "daemon/bridge/kernel_choice.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "daemon/bridge/kernel_words.hpp"

namespace pipit::daemon {
namespace {

/// Notes a step when somebody listens; `words` is not called otherwise.
template <typename Words>
void note(std::vector<policy::Step>* trace,
          std::string_view stage,
          bool passed,
          const Words& words) {
  if (trace != nullptr) {
    policy::Step& step = trace->emplace_back();
    step.stage = stage;
    step.result = passed ? policy::Step::Result::Passed : policy::Step::Result::Stopped;
    step.text = words();
  }
}

/// "the policy says table 100, metric 50"
std::string words_of(const policy::KernelHints& hints) {
  std::vector<std::string> words;
  if (hints.table) {
    words.push_back(table_words(*hints.table));
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

void KernelChoice::assume(const rib::RibOptions& options) {
  assumed_ = options;
  ways_.emplace(options.next_hops, rib_.next_hops());
}

std::optional<kernel::FibRoute> KernelChoice::place(const net::Prefix& prefix,
                                                    const rib::BestPath& best,
                                                    const ExportWitness& witness) const {
  std::vector<policy::Step>* const trace = witness.trace;
  if (!terms_.options.families.has(prefix.afi())) {
    note(trace, "family", false, [&] {
      return fmt::format("kernel.export.families has no {}",
                         net::to_string(net::RouteKey::unicast(prefix).family));
    });
    return std::nullopt;
  }
  kernel::FibRoute route;
  route.prefix = prefix;
  route.table = terms_.options.table;
  route.metric = terms_.options.metric;
  if (sources_[best.source].kind != policy::SourceKind::Bgp) {
    const bool blackhole =
        best.source == rib::kOriginateSource && terms_.blackholes.contains(route.prefix);
    note(trace, "local-route", blackhole, [&] {
      return std::string(blackhole ? "originated with kernel: blackhole"
                                   : "a route of this host is not written to its kernel");
    });
    route.type = kernel::RouteType::Blackhole;
    return blackhole ? std::optional(std::move(route)) : std::nullopt;
  }
  const auto hints = accepts(route.prefix, best, witness);
  if (!hints) {
    return std::nullopt;
  }
  if (*hints != policy::KernelHints{}) {
    note(trace, "kernel-hints", true, [&] { return words_of(*hints); });
  }
  route.table = hints->table.value_or(terms_.options.table);
  route.metric = hints->metric.value_or(terms_.options.metric);
  if (rib_.attributes().view(best.attributes).local.blackhole) {
    note(trace, "blackhole", true, [] { return std::string("packets to it are dropped"); });
    route.type = kernel::RouteType::Blackhole;
    return route;
  }
  route.preferred_source =
      hints->preferred_source ? hints->preferred_source : terms_.options.source(prefix.afi());
  return route;
}

bool KernelChoice::add_hops(std::span<const rib::BestPath> paths,
                            kernel::FibRoute& route,
                            const ExportWitness& witness) const {
  for (const rib::BestPath& path : paths) {
    add_hops(path, route);
  }
  note(witness.trace, "next-hops", !route.hops.empty(), [&] {
    return route.hops.empty()
               ? std::string("no next hop resolves to an interface")
               : fmt::format("hops: {}, of paths: {}", route.hops.size(), paths.size());
  });
  return !route.hops.empty();
}

std::optional<policy::KernelHints> KernelChoice::accepts(const net::Prefix& prefix,
                                                         const rib::BestPath& best,
                                                         const ExportWitness& witness) const {
  const std::uint32_t routes = witness.counted ? 1 : 0;
  if (terms_.policy->accepts_unchanged() && witness.trace == nullptr) {
    terms_.policy->count_unchanged(routes);
    return policy::KernelHints{};
  }
  const rib::Source& source = sources_[best.source];
  working_.assign(rib_.attributes().view(best.attributes));
  const policy::NextHopResolver* const next_hops =
      ways_ ? static_cast<const policy::NextHopResolver*>(&*ways_) : &rib_.next_hops();
  const policy::RouteFacts facts{.prefix = prefix,
                                 .source = policy::SourceKind::Bgp,
                                 .neighbor = source.name,
                                 .neighbor_internal = source.internal,
                                 .neighbor_address = source.address,
                                 .interface_index = source.interface_index,
                                 .own_asn = assumed_ ? assumed_->asn : rib_.options().asn,
                                 .next_hops = next_hops,
                                 .routes = routes};
  policy::Recorder recorder;
  const policy::Outcome outcome =
      terms_.policy->evaluate(facts, working_, witness.trace == nullptr ? nullptr : &recorder);
  if (witness.trace != nullptr) {
    note(witness.trace, "export-policy", outcome.accepted,
         [&] { return rib::describe(outcome, terms_.policy->name()); });
    witness.trace->back().rules = recorder.take();
  }
  return outcome.accepted ? std::optional(outcome.kernel) : std::nullopt;
}

void KernelChoice::add_hops(const rib::BestPath& path, kernel::FibRoute& route) const {
  const rib::NextHopKey key =
      rib::Table::next_hop_key(rib_.attributes().view(path.attributes), sources_[path.source]);
  std::optional<rib::NextHops::Tracked> other;
  if (assumed_) {
    other = rib_.next_hops().under(assumed_->next_hops, key);
  }
  const rib::Resolution& resolution = other ? other->resolution : rib_.next_hops().resolve(key);
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
