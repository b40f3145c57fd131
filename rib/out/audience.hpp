// Members that receive the same octets at the same time: the stream of an update group, or one of
// its followers.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "rib/out/member.hpp"
#include "rib/out/sent_log.hpp"
#include "rib/table/source.hpp"

namespace pipit::rib {

class UpdateGroup;
struct Audience;

/// A member in one family.
struct Membership {
  static constexpr std::uint32_t kNone = 0xffffffff;

  MemberId id{};
  SourceId source = kNoSource;
  MemberOutput* output = nullptr;
  UpdateGroup* group = nullptr;
  UpdateGroup* next_group = nullptr;  // after a change of its key, until that group is built
  Audience* audience = nullptr;       // null: waits to be admitted
  std::size_t slot = 0;               // in the audience
  bool end_of_rib_owed = false;
  bool end_of_refresh_owed = false;
  bool refresh_wanted = false;
  bool demarcate = false;  // RFC 7313, of the wanted refresh
  bool slow = false;       // left the stream because its queue grew
  StreamTimes times{};

  /// What the packer notes of this member during one batch.
  struct Lane {
    std::uint32_t first_bucket = kNone;  // announcements of its own routes: for all but it
    std::uint32_t last_bucket = kNone;
    std::uint32_t withdrawals = kNone;  // bucket of withdrawals for all but it
    std::uint32_t only = kNone;         // bucket of withdrawals for it alone
    std::uint32_t first_mark = kNone;
    std::uint32_t last_mark = kNone;
    std::uint32_t private_offset = 0;
    std::uint32_t private_length = 0;
  };

  Lane lane;
};

struct Audience {
  std::vector<Membership*> members;

  bool empty() const { return members.empty(); }

  void add(Membership& member) {
    member.audience = this;
    member.slot = members.size();
    members.push_back(&member);
  }

  void remove(Membership& member) {
    members[member.slot] = members.back();
    members[member.slot]->slot = member.slot;
    members.pop_back();
    member.audience = nullptr;
  }

  /// True when nobody could take more now; false for an empty one.
  bool congested() const {
    return !members.empty() && std::ranges::all_of(members, [](const Membership* member) {
      return member->output->congested();
    });
  }
};

}  // namespace pipit::rib
