#include "rib/rib.hpp"

#include <algorithm>

#include "bgp/wire/family_table.hpp"
#include "net/log.hpp"

namespace pipit::rib {

Rib::Rib(const RibOptions& options, net::Loop& loop)
    : options_(options),
      loop_(loop),
      start_(loop.now()),
      attributes_(loop.random_seed()),
      next_hops_(options.next_hops),
      importer_({attributes_, sources_, next_hops_, options_}) {
  for (std::size_t i = 0; i < net::kFamilyCount; ++i) {
    const TableContext context{attributes_, sources_, next_hops_, options_, loop.random_seed()};
    tables_[i].table = std::make_unique<Table>(net::kFamilies[i], context);
    tables_[i].walk = std::make_unique<TableWalk>(*tables_[i].table, importer_);
    tables_[i].table->on_freeing([this] { work(); });
  }
  next_hops_.on_change([this](const std::vector<NextHopKey>& keys) { next_hops_changed(keys); });
}

Rib::~Rib() {
  loop_.cancel(work_);
}

std::uint32_t Rib::now() const {
  return static_cast<std::uint32_t>(
      std::chrono::duration_cast<std::chrono::seconds>(loop_.now() - start_).count());
}

void Rib::configure(const RibOptions& options) {
  const bool next_hops = options.next_hops != options_.next_hops;
  const bool decision = next_hops || options.best_path != options_.best_path ||
                        options.multipath != options_.multipath;
  const bool identity = options.asn != options_.asn || options.router_id != options_.router_id ||
                        options.cluster_id != options_.cluster_id;
  options_ = options;
  if (next_hops) {
    next_hops_.configure(options.next_hops);
  }
  if (decision) {
    for (FamilyTable& one : tables_) {
      one.walk->request_decision();
    }
    work();
  }
  for (std::size_t id = kFirstNeighborSource; identity && id < sources_.size(); ++id) {
    if (sources_.in_use(static_cast<SourceId>(id))) {
      reevaluate_import(static_cast<SourceId>(id));
    }
  }
}

SourceId Rib::add_source(Source source) {
  return sources_.add(std::move(source));
}

void Rib::remove_source(SourceId source) {
  peer_down(source);
  removing_.push_back(source);
  work();
}

void Rib::on_update(SourceId source, const bgp::UpdateMessage& update) {
  for (const bgp::Unreachable& part : update.unreachable) {
    if (const auto family = net::family_index(part.family)) {
      importer_.withdraw(*tables_[*family].table, source, part.nlri);
    }
  }
  for (const bgp::Reachable& part : update.reachable) {
    const auto family = net::family_index(part.family);
    if (!family || part.nlri.empty()) {
      continue;
    }
    const Source& from = sources_[source];
    const std::uint32_t before = from.counters[*family].received;
    const auto refused = from.refused;
    if (!announce(source, update.attributes, part)) {
      net::log(net::LogPart::Rib, net::LogLevel::Error, "{}: no room for more {} routes", from.name,
               net::to_string(part.family));
    }
    if (from.refused != refused) {
      log_first_refusal(from, refused, bgp::NlriView(part.nlri).key(part.family, 0));
    }
    check_limit(source, *family, before);
  }
  was_busy_ = was_busy_ || busy();
  work();
}

/// False: some found no room.
bool Rib::announce(SourceId source,
                   const bgp::PathAttributes& announced,
                   const bgp::Reachable& part) {
  Table& table = *tables_[*net::family_index(part.family)].table;
  bgp::AttributesView attributes = announced.view();
  attributes.next_hop = part.next_hop;
  attributes.link_local_next_hop = part.link_local_next_hop;
  const bgp::NlriView nlri = part.nlri;
  if (!bgp::family_row(part.family).labelled) {
    return importer_.announce(table, source, importer_.intern(sources_[source], attributes), nlri,
                              now());
  }
  // A label belongs to the attributes: those that follow one another with the same one go in
  // together.
  bool all = true;
  for (std::size_t from = 0, to = 0; from < nlri.size(); from = to) {
    attributes.label = nlri.vpn()[from].label;
    while (to < nlri.size() && nlri.vpn()[to].label == *attributes.label) {
      ++to;
    }
    all = importer_.announce(table, source, importer_.intern(sources_[source], attributes),
                             nlri.subview(from, to - from), now()) &&
          all;
  }
  return all;
}

/// Says once in a session that routes are refused, and why.
void Rib::log_first_refusal(const Source& from,
                            const decltype(Source::refused)& before,
                            const net::RouteKey& key) {
  for (std::size_t i = 0; i < kRefusals; ++i) {
    const Reason reason = refusal(i);
    const bool loop = reason >= Reason::OwnAs && reason <= Reason::OwnClusterId;  // everyday
    if (before[i] == 0 && from.refused[i] != 0 && !loop) {
      net::log(net::LogPart::Rib, net::LogLevel::Warning,
               "{}: {} is not accepted: {}; more of these are only counted", from.name,
               key.to_string(), describe(reason));
    }
  }
}

void Rib::check_limit(SourceId source, std::size_t family, std::uint32_t before) {
  const Source& from = sources_[source];
  const auto& limits = from.max_prefixes[family];
  const std::uint32_t count = from.counters[family].received;
  if (!limits || count <= before || !limit_listener_) {
    return;
  }
  if (before <= limits->limit && count > limits->limit) {
    limit_listener_(source, net::kFamilies[family], count, PrefixLimit::Exceeded);
  } else if (before < limits->warn_at && count >= limits->warn_at) {
    limit_listener_(source, net::kFamilies[family], count, PrefixLimit::Warning);
  }
}

void Rib::recheck_limits(SourceId source) {
  for (std::size_t family = 0; family < net::kFamilyCount; ++family) {
    check_limit(source, family, 0);
  }
}

void Rib::peer_down(SourceId source) {
  sources_[source].established = false;
  sources_[source].refused = {};
  for (FamilyTable& one : tables_) {
    one.table->clear(source);
    if (one.table->void_paths() != 0) {
      one.walk->request_sweep();
    }
  }
  work();
}

void Rib::begin_refresh(SourceId source, net::Family family) {
  if (const auto index = net::family_index(family)) {
    tables_[*index].table->begin_refresh(source);
  }
}

void Rib::end_refresh(SourceId source, net::Family family) {
  if (const auto index = net::family_index(family)) {
    tables_[*index].table->end_refresh(source);
    tables_[*index].walk->request_sweep();
    work();
  }
}

void Rib::reevaluate_import(SourceId source) {
  for (FamilyTable& one : tables_) {
    if (!one.table->empty_of(source)) {
      one.walk->request_reimport(source);
      work();
    }
  }
}

Table& Rib::unicast_table(const net::Prefix& prefix) {
  return *tables_[*net::family_index(net::RouteKey::unicast(prefix).family)].table;
}

bool Rib::announce_local(SourceId source,
                         const net::Prefix& prefix,
                         const bgp::AttributesView& attributes,
                         const policy::Policy* policy,
                         const policy::KernelFacts* kernel) {
  Table& table = unicast_table(prefix);
  const AttributeHandle received = attributes_.intern(attributes);
  const Importer::Result result = importer_.import_local(
      policy, {.prefix = prefix, .source = sources_[source].kind, .kernel = kernel}, received,
      {.routes = 1});
  const bool stored = table.put(table.destinations().key(prefix), {.source = source,
                                                                   .received = received,
                                                                   .accepted = result.accepted,
                                                                   .reason = result.reason,
                                                                   .now = now()});
  attributes_.release(received);
  attributes_.release(result.accepted);
  work();
  return stored;
}

Rib::Traced Rib::trace_import(SourceId source,
                              AttributeHandle received,
                              const net::RouteKey& key,
                              Trace& trace) {
  return taken(importer_.import(source, received, key, {.trace = &trace}));
}

Rib::Traced Rib::trace_local(const policy::RouteFacts& facts,
                             AttributeHandle received,
                             const policy::Policy* policy,
                             Trace& trace) {
  return taken(importer_.import_local(policy, facts, received, {.trace = &trace}));
}

/// A result as a value, its reference given back.
Rib::Traced Rib::taken(const Importer::Result& result) {
  Traced traced{.reason = result.reason, .attributes = std::nullopt};
  if (result.accepted != AttributeHandle::None) {
    traced.attributes.emplace().assign(attributes_.view(result.accepted));
    attributes_.release(result.accepted);
  }
  return traced;
}

void Rib::withdraw_local(SourceId source, const net::Prefix& prefix) {
  Table& table = unicast_table(prefix);
  table.withdraw(table.destinations().key(prefix), source, 0);
  work();
}

bool Rib::announces_local(SourceId source, const net::Prefix& prefix) const {
  const net::RouteKey key = net::RouteKey::unicast(prefix);
  const Table& from = table(key.family);
  return from.has_path(from.destinations().find(key), source);
}

bool Rib::walk_local(SourceId source,
                     LocalPosition& position,
                     std::size_t count,
                     const std::function<void(const net::Prefix&)>& visit) const {
  for (; position.family < net::kFamilyCount; position = {position.family + 1}) {
    const Table& from = *tables_[position.family].table;
    for (; position.row < from.destinations().capacity(); ++position.row, --count) {
      if (count == 0) {
        return true;
      }
      if (from.has_path(DestinationId{position.row}, source)) {
        visit(from.destinations().prefix(DestinationId{position.row}));
      }
    }
  }
  return false;
}

std::size_t Rib::local_count(SourceId source) const {
  std::size_t count = 0;
  for (const SourceCounters& of_family : sources_[source].counters) {
    count += of_family.received;
  }
  return count;
}

void Rib::prefetch(const net::Prefix& prefix) const {
  const DestinationTable& rows = table(net::RouteKey::unicast(prefix).family).destinations();
  rows.prefetch(rows.key(prefix));
}

std::size_t Rib::backlog() const {
  std::size_t waiting = 0;
  for (const FamilyTable& one : tables_) {
    waiting += one.table->backlog();
  }
  return waiting;
}

bool Rib::settled() const {
  return removing_.empty() && attribute_walk_.idle() &&
         std::ranges::all_of(tables_, [](const FamilyTable& one) {
           return one.walk->idle() && one.table->backlog() == 0 && !one.table->freeing();
         });
}

bool Rib::run_slice() {
  walk_attributes();  // first: what it finds is decided in the same slice
  for (FamilyTable& one : tables_) {
    one.walk->run(kWalkPerSlice, now());
    one.table->decide_some(kDecisionsPerSlice);
  }
  finish_removals();
  if (was_busy_ && backlog() < kBusyBacklog / 2) {
    was_busy_ = false;
    if (relief_listener_) {
      relief_listener_();
    }
  }
  return !settled();
}

void Rib::finish_removals() {
  std::erase_if(removing_, [this](SourceId source) {
    const bool gone = std::ranges::all_of(tables_, [source](const FamilyTable& one) {
      return one.table->empty_of(source) && one.table->backlog() == 0;
    });
    if (gone) {
      sources_.remove(source);
    }
    return gone;
  });
}

/// Import policies that ask for the way to a next hop may say something else now.
void Rib::reevaluate_next_hop_policies() {
  for (std::size_t id = kFirstNeighborSource; id < sources_.size(); ++id) {
    const auto source = static_cast<SourceId>(id);
    if (sources_.in_use(source) && sources_[source].import_policy &&
        sources_[source].import_policy->depends_on_next_hop()) {
      reevaluate_import(source);
    }
  }
}

/// Has every destination decided again that has a path over a changed next hop.
void Rib::next_hops_changed(const std::vector<NextHopKey>& changed) {
  reevaluate_next_hop_policies();
  attribute_walk_.search(changed);
  work();
}

void Rib::walk_attributes() {
  attribute_walk_.run(kRecordsPerSlice);
  if (const auto handles = attribute_walk_.take_found()) {
    for (FamilyTable& one : tables_) {
      one.walk->request_decision(*handles);
    }
  }
  if (attribute_walk_.take_collected()) {
    next_hops_kept_ = next_hops_.size();
    // What only policies asked for is no longer tracked: they ask again.
    reevaluate_next_hop_policies();
  }
  // Next hops that no attributes name any more are forgotten when they may be the greater part.
  if (next_hops_.size() >= 2 * next_hops_kept_ + kNextHopSlack) {
    attribute_walk_.collect();
  }
}

RibMemory Rib::memory() const {
  RibMemory sum{.attributes = attributes_.memory(), .next_hops = next_hops_.memory()};
  for (const FamilyTable& one : tables_) {
    sum.destinations += one.table->destinations().row_memory();
    sum.paths += one.table->path_memory();
    sum.index += one.table->destinations().index_memory();
    sum.journal += one.table->changes().memory();
    sum.queues += one.table->queue_memory();
  }
  return sum;
}

}  // namespace pipit::rib
