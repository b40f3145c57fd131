#include "rib/preview.hpp"

#include <algorithm>
#include <utility>

#include "rib/group_key.hpp"

namespace pipit::rib {
namespace {

std::optional<RouteChange> change_of(bool before, bool after, bool same) {
  if (before != after) {
    return after ? RouteChange::Announced : RouteChange::Withdrawn;
  }
  return before && !same ? std::optional(RouteChange::Updated) : std::nullopt;
}

std::size_t index_of(RouteChange change) {
  return static_cast<std::size_t>(change);
}

bool same_path(const std::optional<BestPath>& a, const std::optional<BestPath>& b) {
  return a.has_value() == b.has_value() &&
         (!a || (a->attributes == b->attributes && a->source == b->source));
}

}  // namespace

/// Neighbors that are sent the same now and would be sent the same then.
struct Preview::Audience {
  Audience(GroupKey from, GroupKey to, Rib& rib, const policy::NextHopResolver& next_hops)
      : same_key(from == to),
        before(std::move(from), rib.attributes(), rib.sources(), &rib.next_hops()),
        after(std::move(to), rib.attributes(), rib.sources(), &next_hops) {}

  /// What came out the last time for such paths, where policy cannot tell prefixes apart.
  struct Remembered {
    BestPath before;
    BestPath after;
    Judgement judgement;
    std::uint32_t batch = 0;
  };

  static constexpr std::size_t kMemory = 256;

  bool same_key;
  Exporter before;
  Exporter after;
  std::vector<std::size_t> members;  // indexes of neighbors
  std::vector<bool> has;             // by index of a neighbor: is a member
  RouteChangeCounts counts{};        // of each member, but for what is its own
  std::array<Remembered, kMemory> memory{};
};

Preview::Preview(Rib& rib, PreviewInput input)
    : rib_(rib),
      input_(std::move(input)),
      before_(rib.options()),
      next_hops_(input_.options.next_hops, rib.next_hops()),
      importer_({rib.attributes(), rib.sources(), rib.next_hops(), input_.options}, &next_hops_),
      counts_(input_.neighbors.size() + 1) {
  for (std::size_t i = 0; i < input_.neighbors.size(); ++i) {
    const SourceId source = input_.neighbors[i].source;
    if (source == kNoSource) {
      continue;
    }
    by_source_.resize(std::max<std::size_t>(by_source_.size(), source + std::size_t{1}));
    by_source_[source] = static_cast<std::uint32_t>(i + 1);
  }
  build_audiences();
}

Preview::~Preview() = default;

void Preview::build_audiences() {
  for (std::size_t family = 0; family < net::kFamilyCount; ++family) {
    for (std::size_t i = 0; i < input_.neighbors.size(); ++i) {
      add_to_audience(i, family);
    }
  }
}

void Preview::add_to_audience(std::size_t neighbor, std::size_t family) {
  const PreviewNeighbor& one = input_.neighbors[neighbor];
  if (!one.exports_before || !one.exports_after || !one.exports_before->families[family]) {
    return;
  }
  const GroupKey from = group_key(*one.exports_before, net::kFamilies[family]);
  const GroupKey to = group_key(*one.exports_after, net::kFamilies[family]);
  const auto found = std::ranges::find_if(audiences_, [&](const auto& audience) {
    return audience->before.key() == from && audience->after.key() == to;
  });
  const bool fresh = found == audiences_.end();
  Audience& audience =
      fresh ? *audiences_.emplace_back(std::make_unique<Audience>(from, to, rib_, next_hops_))
            : **found;
  audience.members.push_back(neighbor);
  audience.has.resize(input_.neighbors.size());
  audience.has[neighbor] = true;
}

const PreviewNeighbor* Preview::of_source(SourceId source) const {
  const std::uint32_t index = source < by_source_.size() ? by_source_[source] : 0;
  return index == 0 ? nullptr : &input_.neighbors[index - 1];
}

bool Preview::run(std::size_t budget, const Visit& visit) {
  ++batch_;  // handles may have changed their meaning since the last one
  for (; budget > 0 && family_ < net::kFamilyCount; --budget) {
    const Table& table = rib_.table(net::kFamilies[family_]);
    if (position_ >= table.capacity()) {
      position_ = 0;
      ++family_;
      continue;
    }
    const DestinationId id{position_++};
    if (table.destinations().contains(id)) {
      look_at(table, id, visit);
    }
  }
  // Routes of our own to what is no destination yet.
  auto next = originated_ ? input_.originate.upper_bound(*originated_) : input_.originate.begin();
  for (; budget > 0 && next != input_.originate.end(); --budget, ++next) {
    const net::Prefix& prefix = next->first;
    if (next->second && rib_.table(prefix.family()).destinations().find(prefix) == kNoDestination) {
      look_at_new(prefix, visit);
    }
    originated_ = prefix;
  }
  if (budget > 0 && input_.local != nullptr && !walked_) {
    walked_ = !walk_local(budget, visit);
  }
  for (const AttributeHandle handle : std::exchange(made_, {})) {
    rib_.attributes().release(handle);
  }
  return family_ < net::kFamilyCount || next != input_.originate.end() ||
         (input_.local != nullptr && !walked_);
}

/// Routes of the kernel to what is no destination yet. True: there is more.
bool Preview::walk_local(std::size_t budget, const Visit& visit) {
  return input_.local->walk(budget, [&](const net::Prefix& prefix) {
    const auto own = input_.originate.find(prefix);
    const bool looked_at = own != input_.originate.end() && own->second;
    if (!looked_at && !local_.contains(prefix) &&
        rib_.table(prefix.family()).destinations().find(prefix) == kNoDestination) {
      look_at_new(prefix, visit);
      if (!paths_.empty()) {
        local_.insert(prefix);
      }
    }
  });
}

void Preview::look_at(const Table& table, DestinationId id, const Visit& visit) {
  const net::Prefix prefix = table.prefix(id);
  const bool paths_changed = import_paths(table, id, prefix, visit);
  const std::optional<BestPath> before = table.best(id);
  const bool decides = paths_changed || before_.best_path != input_.options.best_path ||
                       before_.next_hops != input_.options.next_hops;
  compare_exports(prefix, before, decides ? table.choose(paths_, input_.options) : before, visit);
}

void Preview::look_at_new(const net::Prefix& prefix, const Visit& visit) {
  paths_.clear();
  replace_originated(prefix, false);
  replace_local(prefix, {}, visit);
  if (!paths_.empty()) {
    compare_exports(prefix, std::nullopt,
                    rib_.table(prefix.family()).choose(paths_, input_.options), visit);
  }
}

/// Fills paths_ with what would be there. True: that is not what is there.
bool Preview::import_paths(const Table& table,
                           DestinationId id,
                           const net::Prefix& prefix,
                           const Visit& visit) {
  bool changed = false;
  bool originated = false;
  LocalPaths local{};
  paths_.clear();
  for (std::uint32_t slot = table.destinations()[id].first_path; slot != kNoSlot;) {
    const Path& stored = table.path(slot);
    slot = stored.next;
    if (table.is_void(stored)) {
      continue;
    }
    if (stored.source == kOriginateSource && input_.originate.contains(prefix)) {
      originated = true;
      continue;  // what takes its place comes below
    }
    if (const auto place = std::ranges::find(kLocalSources, stored.source);
        input_.local != nullptr && place != kLocalSources.end()) {
      local[static_cast<std::size_t>(place - kLocalSources.begin())] = stored.accepted;
      continue;  // likewise
    }
    paths_.push_back(stored);
    if (const PreviewNeighbor* from = of_source(stored.source); from == nullptr) {
      continue;
    } else if (from->removed) {
      paths_.pop_back();
      changed = true;
    } else if (from->imports) {
      changed = import_path(paths_.back(), prefix, visit) || changed;
    }
  }
  changed = replace_originated(prefix, originated) || changed;
  return replace_local(prefix, local, visit) || changed;
}

/// `before`: what is there. True: that is not what would be.
bool Preview::replace_local(const net::Prefix& prefix,
                            const LocalPaths& before,
                            const Visit& visit) {
  bool changed = false;
  for (std::size_t i = 0; input_.local != nullptr && i < kLocalSources.size(); ++i) {
    const SourceId source = kLocalSources[i];
    Importer::Result result;
    if (const auto route = input_.local->route(source, prefix)) {
      bgp::PathAttributes ours;
      ours.next_hop = net::IpAddress::any(prefix.afi());
      const AttributeHandle received = rib_.attributes().intern(ours.view());
      made_.push_back(received);
      result = importer_.import_local(
          route->policy,
          {.prefix = prefix, .source = rib_.sources()[source].kind, .kernel = &route->facts},
          received);
      made_.push_back(result.accepted);
      if (result.accepted != AttributeHandle::None) {
        paths_.push_back(Path{.received = received, .accepted = result.accepted, .source = source});
      }
    }
    if (result.accepted != before[i]) {
      changed = true;
      count(input_.neighbors.size(),
            before[i] == AttributeHandle::None         ? RouteChange::Accepted
            : result.accepted == AttributeHandle::None ? RouteChange::Rejected
                                                       : RouteChange::Changed,
            prefix, visit);
    }
  }
  return changed;
}

bool Preview::import_path(Path& path, const net::Prefix& prefix, const Visit& visit) {
  const std::size_t neighbor = by_source_[path.source] - std::size_t{1};
  const Importer::Result result =
      importer_.import(*input_.neighbors[neighbor].imports, path.received, prefix);
  made_.push_back(result.accepted);
  if (result.accepted == path.accepted) {
    return false;
  }
  const bool was = path.accepted != AttributeHandle::None;
  const bool is = result.accepted != AttributeHandle::None;
  count(neighbor,
        was && is ? RouteChange::Changed
        : is      ? RouteChange::Accepted
                  : RouteChange::Rejected,
        prefix, visit);
  path.accepted = result.accepted;
  path.reason = result.reason;
  return true;
}

bool Preview::replace_originated(const net::Prefix& prefix, bool found) {
  if (input_.originate.empty()) {
    return false;
  }
  const auto route = input_.originate.find(prefix);
  if (route == input_.originate.end()) {
    return false;
  }
  if (route->second) {
    const AttributeHandle handle = rib_.attributes().intern(route->second->view());
    made_.push_back(handle);
    paths_.push_back(Path{.received = handle, .accepted = handle, .source = kOriginateSource});
  }
  return found || route->second.has_value();
}

Preview::Judgement Preview::judge(Audience& audience,
                                  const net::Prefix& prefix,
                                  const std::optional<BestPath>& before,
                                  const std::optional<BestPath>& after) {
  const bool memorable = !audience.before.by_prefix() && !audience.after.by_prefix();
  const BestPath was = before.value_or(BestPath{});
  const BestPath is = after.value_or(BestPath{});
  const auto number = static_cast<std::uint32_t>(was.attributes) * 31U + was.source +
                      static_cast<std::uint32_t>(is.attributes) * 7U + is.source;
  Audience::Remembered& remembered = audience.memory[number % Audience::kMemory];
  if (memorable && remembered.batch == batch_ && same_path(remembered.before, was) &&
      same_path(remembered.after, is)) {
    return remembered.judgement;
  }
  Judgement made;
  Exporter::Result sent;
  Exporter::Result to_send;
  if (before) {
    sent = audience.before.run(prefix, *before, scratch_before_);
    made.before = sent.verdict == ExportVerdict::Advertised;
  }
  if (after) {
    to_send = audience.after.run(prefix, *after, scratch_after_);
    made.after = to_send.verdict == ExportVerdict::Advertised;
  }
  made.same = made.before && made.after && same_attributes(sent.attributes, to_send.attributes);
  remembered = {was, is, made, memorable ? batch_ : 0};
  return made;
}

void Preview::compare_exports(const net::Prefix& prefix,
                              const std::optional<BestPath>& before,
                              const std::optional<BestPath>& after,
                              const Visit& visit) {
  const bool same_best = same_path(before, after);
  const bool same_next_hops = before_.next_hops == input_.options.next_hops;
  for (const auto& audience : audiences_) {
    // What policy cannot tell apart comes out the same, unless it asks for next hops.
    const bool same = audience->same_key && (same_next_hops || !audience->before.by_prefix());
    if (audience->before.key().family != prefix.family() || (same_best && same)) {
      continue;
    }
    const Judgement judged = judge(*audience, prefix, before, after);
    const auto general = change_of(judged.before, judged.after, judged.same);
    if (general) {
      ++audience->counts[index_of(*general)];
    }
    // Nobody is sent a route of its own.
    const SourceId from = before ? before->source : kNoSource;
    const SourceId to = after ? after->source : kNoSource;
    const auto own_change = [&](std::size_t member) {
      const SourceId source = input_.neighbors[member].source;
      return change_of(judged.before && from != source, judged.after && to != source, judged.same);
    };
    for (const SourceId source : {from, from == to ? kNoSource : to}) {
      const std::uint32_t index = source < by_source_.size() ? by_source_[source] : 0;
      if (index == 0 || !audience->has[index - 1]) {
        continue;
      }
      if (general) {
        --counts_[index - 1][index_of(*general)];
      }
      if (const auto own = own_change(index - 1)) {
        ++counts_[index - 1][index_of(*own)];
      }
    }
    for (std::size_t i = 0; visit && i < audience->members.size(); ++i) {
      if (const auto own = own_change(audience->members[i])) {
        visit(audience->members[i], *own, prefix);
      }
    }
  }
}

void Preview::count(std::size_t neighbor,
                    RouteChange change,
                    const net::Prefix& prefix,
                    const Visit& visit) {
  ++counts_[neighbor][index_of(change)];
  if (visit) {
    visit(neighbor, change, prefix);
  }
}

RouteChangeCounts Preview::counts(std::size_t neighbor) const {
  RouteChangeCounts sum{};
  for (std::size_t i = 0; i < kRouteChangeCount; ++i) {
    std::int64_t total = counts_[neighbor][i];
    for (const auto& audience : audiences_) {
      const bool member = neighbor < audience->has.size() && audience->has[neighbor];
      total += member ? static_cast<std::int64_t>(audience->counts[i]) : 0;
    }
    sum[i] = static_cast<std::uint64_t>(std::max<std::int64_t>(total, 0));
  }
  return sum;
}

}  // namespace pipit::rib
