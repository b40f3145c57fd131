// Preview: what neighbors are sent now and would be sent, group by group.
#include <algorithm>
#include <utility>

#include "rib/out/group_key.hpp"
#include "rib/preview.hpp"

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

std::size_t index_of(PreviewMoment moment) {
  return static_cast<std::size_t>(moment);
}

bool same_path(const std::optional<BestPath>& a, const std::optional<BestPath>& b) {
  return a.has_value() == b.has_value() &&
         (!a || (a->attributes == b->attributes && a->source == b->source));
}

std::optional<BestPath> best_of(const std::vector<BestPath>& chosen) {
  return chosen.empty() ? std::nullopt : std::optional(chosen.front());
}

}  // namespace

/// Neighbors that are sent the same now and would be sent the same then.
struct Preview::Audience {
  /// What came out the last time for such paths, where policy cannot tell prefixes apart.
  struct Remembered {
    BestPath before;
    BestPath after;
    Judgement judgement;
    std::uint32_t batch = 0;
  };

  static constexpr std::size_t kMemory = 256;

  net::Family family;
  PreviewSession session = PreviewSession::Stays;
  bool same_key = false;
  bool by_prefix = false;  // policy can tell prefixes apart, or asks for next hops
  // nullopt: nothing is sent.
  std::optional<Exporter> before;
  std::optional<Exporter> after;
  std::vector<std::size_t> members;  // indexes of neighbors
  std::vector<bool> has;             // by index of a neighbor: is a member
  /// Of each member, but for what is its own.
  std::array<RouteChangeCounts, kPreviewMomentCount> counts{};
  std::array<Remembered, kMemory> memory{};

  bool fits(const std::optional<GroupKey>& from,
            const std::optional<GroupKey>& to,
            PreviewSession of) const {
    const auto is = [](const std::optional<Exporter>& exporter,
                       const std::optional<GroupKey>& key) {
      return exporter.has_value() == key.has_value() && (!key || exporter->key() == *key);
    };
    return session == of && is(before, from) && is(after, to);
  }
};

Preview::Preview(Rib& rib, PreviewInput input)
    : rib_(rib),
      input_(std::move(input)),
      before_(rib.options()),
      sources_(rib.sources()),
      next_hops_(input_.options.next_hops, rib.next_hops()),
      importer_({rib.attributes(), sources_, rib.next_hops(), input_.options}, &next_hops_) {
  counts_.fill(std::vector<SignedCounts>(input_.neighbors.size() + 1));
  describe_sources();
  build_audiences();
}

Preview::~Preview() = default;

void Preview::build_audiences() {
  audiences_of_.resize(input_.neighbors.size() + 1);
  for (std::size_t family = 0; family < net::kFamilyCount; ++family) {
    for (std::size_t i = 0; i < input_.neighbors.size(); ++i) {
      add_to_audience(i, family);
    }
  }
}

void Preview::add_to_audience(std::size_t neighbor, std::size_t family) {
  const PreviewNeighbor& one = input_.neighbors[neighbor];
  const auto key_of = [family](const std::optional<MemberInfo>& info) {
    return info && info->families[family] ? std::optional(group_key(*info, net::kFamilies[family]))
                                          : std::nullopt;
  };
  const std::optional<GroupKey> from = key_of(one.exports_before);
  const std::optional<GroupKey> to = key_of(one.exports_after);
  if (!from && !to) {
    return;
  }
  const std::size_t hash = (from ? hash_value(*from) : 0) * 31 + (to ? hash_value(*to) : 0);
  const auto [first, last] = audience_index_.equal_range(hash);
  auto found = std::find_if(first, last, [&](const auto& entry) {
    return entry.second->family == net::kFamilies[family] &&
           entry.second->fits(from, to, one.session);
  });
  if (found == last) {
    Audience& made = *audiences_.emplace_back(std::make_unique<Audience>());
    found = audience_index_.emplace(hash, &made);
    made.family = net::kFamilies[family];
    made.session = one.session;
    made.same_key = from == to;
    if (from) {
      made.before.emplace(*from, rib_.attributes(), rib_.sources(), &rib_.next_hops());
    }
    if (to) {
      made.after.emplace(*to, rib_.attributes(), sources_, &next_hops_);
    }
    made.by_prefix =
        (made.before && made.before->by_prefix()) || (made.after && made.after->by_prefix());
  }
  Audience& audience = *found->second;
  audiences_of_[neighbor].push_back(&audience);
  audience.members.push_back(neighbor);
  audience.has.resize(input_.neighbors.size());
  audience.has[neighbor] = true;
}

Preview::Judgement Preview::judge(Audience& audience,
                                  const net::RouteKey& key,
                                  const std::optional<BestPath>& before,
                                  const std::optional<BestPath>& after) {
  const bool memorable = !audience.by_prefix;
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
  if (before && audience.before) {
    sent = audience.before->run(key, *before, scratch_before_);
    made.before = sent.verdict == ExportVerdict::Advertised;
  }
  if (after && audience.after) {
    to_send = audience.after->run(key, *after, scratch_after_);
    made.after = to_send.verdict == ExportVerdict::Advertised;
  }
  made.same = made.before && made.after && same_attributes(sent.attributes, to_send.attributes);
  remembered = {was, is, made, memorable ? batch_ : 0};
  return made;
}

void Preview::compare_exports(const net::RouteKey& key,
                              const Choice& then,
                              PreviewMoment moment,
                              const Visit& visit) {
  const std::optional<BestPath> before = best_of(chosen_);
  const std::optional<BestPath> after = best_of(then);
  const bool same_best = same_path(before, after) && (!before || !described_[before->source]);
  const bool same_next_hops = before_.next_hops == input_.options.next_hops;
  for (const auto& audience : audiences_) {
    // What policy cannot tell apart comes out the same, unless it asks for next hops.
    const bool same =
        audience->same_key && (same_next_hops || !audience->by_prefix) &&
        (moment == PreviewMoment::After || audience->session != PreviewSession::Returns);
    if (audience->family == key.family && !(same_best && same)) {
      compare_exports_to(*audience, key, after, moment, visit);
    }
  }
}

void Preview::compare_exports_to(Audience& audience,
                                 const net::RouteKey& key,
                                 const std::optional<BestPath>& after,
                                 PreviewMoment moment,
                                 const Visit& visit) {
  const std::optional<BestPath> before = best_of(chosen_);
  Judgement judged = judge(audience, key, before, after);
  const bool down = moment == PreviewMoment::Down && audience.session == PreviewSession::Returns;
  judged.after = judged.after && !down;
  const auto general = change_of(judged.before, judged.after, judged.same);
  if (general) {
    ++audience.counts[index_of(moment)][index_of(*general)];
  }
  // Nobody is sent a route of its own.
  const SourceId from = before ? before->source : kNoSource;
  const SourceId to = after ? after->source : kNoSource;
  const auto own_change = [&](std::size_t member) {
    const SourceId source = input_.neighbors[member].source;
    return change_of(judged.before && from != source, judged.after && to != source, judged.same);
  };
  std::vector<SignedCounts>& counts = counts_[index_of(moment)];
  for (const SourceId source : {from, from == to ? kNoSource : to}) {
    const std::uint32_t index = source < by_source_.size() ? by_source_[source] : 0;
    if (index == 0 || !audience.has[index - 1]) {
      continue;
    }
    if (general) {
      --counts[index - 1][index_of(*general)];
    }
    if (const auto own = own_change(index - 1)) {
      ++counts[index - 1][index_of(*own)];
    }
  }
  for (std::size_t i = 0; visit && !down && i < audience.members.size(); ++i) {
    if (const auto own = own_change(audience.members[i])) {
      visit(audience.members[i], *own, key, moment);
    }
  }
}

RouteChangeCounts Preview::counts(std::size_t neighbor, PreviewMoment moment) const {
  RouteChangeCounts sum{};
  for (std::size_t i = 0; i < kRouteChangeCount; ++i) {
    std::int64_t total = counts_[index_of(moment)][neighbor][i];
    for (const Audience* audience : audiences_of_[neighbor]) {
      total += static_cast<std::int64_t>(audience->counts[index_of(moment)][i]);
    }
    sum[i] = static_cast<std::uint64_t>(std::max<std::int64_t>(total, 0));
  }
  return sum;
}

}  // namespace pipit::rib
