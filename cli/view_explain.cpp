#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/fields.hpp"
#include "cli/layout.hpp"
#include "cli/route_text.hpp"
#include "cli/table.hpp"
#include "cli/view.hpp"
#include "cli/wording.hpp"

namespace pipit::cli {
namespace {

using nlohmann::json;

/// A heading inside of an explanation, after an empty line.
void heading(Output& out, std::string_view text) {
  out.write(fmt::format("\n  {}\n", out.styled(Style::Strong, printable(text))));
}

/// Which prefix an address led to; nothing when none contains it.
void write_taken(const json& model, Output& out) {
  const std::string address = text(model, "address", "");
  const std::string prefix = text(model, "prefix");
  const bool itself = prefix == address + "/32" || prefix == address + "/128";
  if (!address.empty() && !itself) {
    out.write(
        fmt::format("  {} is the longest match of {}\n", printable(prefix), printable(address)));
  }
}

std::string spaced(std::string text) {
  std::ranges::replace(text, '-', ' ');
  return text;
}

struct Mark {
  const char* text;
  Style style;
};

Mark mark_of(const std::string& result) {
  return result == "passed"    ? Mark{"ok ", Style::Good}
         : result == "stopped" ? Mark{"NO ", Style::Bad}
         : result == "changed" ? Mark{"set", Style::Notice}
                               : Mark{" - ", Style::Dim};
}

/// A rule of a policy: what it asked, what the route had, what it changed.
void write_rule(const json& rule, const std::string& indent, Output& out) {
  const bool matched = flag(rule, "matched");
  const std::string place = text(rule, "place", "");
  out.write(fmt::format("{}{} rule {} {}{}\n", indent, printable(text(rule, "policy")),
                        text(rule, "number"), matched ? "matches" : "does not match",
                        place.empty() ? "" : printable(fmt::format("  ({})", place))));
  for (const json& condition : member(rule, "conditions")) {
    const std::string had = text(condition, "had", "");
    out.write(printable(fmt::format(
                  "{}  {}{} {} {}{}", indent, std::string(2 * number(condition, "depth"), ' '),
                  flag(condition, "held") ? "yes" : "no ", text(condition, "name"),
                  text(condition, "asked", ""), had.empty() ? "" : fmt::format(": has {}", had))) +
              "\n");
  }
  for (const json& change : member(rule, "changes")) {
    out.write(printable(fmt::format("{}  set {} {} -> {}", indent, text(change, "attribute"),
                                    text(change, "before"), text(change, "after"))) +
              "\n");
  }
  if (const std::string then = text(rule, "then", ""); !then.empty()) {
    out.write(printable(fmt::format("{}  {}", indent, then)) + "\n");
  }
}

void write_steps(const json& steps, Output& out) {
  std::size_t width = 0;
  for (const json& step : steps) {
    width = std::max(width, text(step, "stage").size());
  }
  for (const json& step : steps) {
    const std::string result = text(step, "result");
    const Mark mark = mark_of(result);
    const std::string rule = result == "stopped" ? text(step, "rule", "") : "";
    out.write(fmt::format(
        "  {}  {:<{}}  {}\n", out.styled(mark.style, mark.text), spaced(text(step, "stage")), width,
        printable(rule.empty() ? text(step, "text")
                               : fmt::format("{} ({})", text(step, "text"), rule))));
    for (const json& tried : member(step, "rules")) {
      write_rule(tried, std::string(width + 9, ' '), out);
    }
  }
}

void write_kernel_routes(const json& routes, Output& out) {
  if (routes.empty()) {
    return;
  }
  heading(out, "Kernel");
  for (const json& route : routes) {
    std::string hops;
    for (const json& hop : member(route, "hops")) {
      const std::string gateway = text(hop, "gateway", "");
      hops += gateway.empty() ? "" : " via " + gateway;
      hops += " dev " + text(hop, "interface");
    }
    const Mark mark = mark_of(flag(route, "imported") ? "passed" : "stopped");
    const std::string metric =
        number(route, "metric") == 0 ? "" : " metric " + text(route, "metric");
    out.write(fmt::format("  {}  {}: {}\n", out.styled(mark.style, mark.text),
                          printable(fmt::format("{} proto {}{}{}", text(route, "type"),
                                                text(route, "protocol"), metric, hops)),
                          printable(text(route, "text"))));
    for (const json& rule : member(route, "rules")) {
      out.write(fmt::format("         {}\n", printable(rule.get<std::string>())));
    }
  }
}

/// `explain PREFIX`.
class ExplainView {
 public:
  ExplainView(const json& model, Output& out) : model_(model), out_(out) {}

  void write() {
    const json& candidates = member(model_, "candidates");
    title(out_, fmt::format("{}: {}", text(model_, "prefix"),
                            candidates.empty() ? "no path" : plural(candidates.size(), "path")));
    write_taken(model_, out_);
    out_.write(fmt::format("  {}\n", printable(text(model_, "verdict"))));
    write_candidates();
    write_next_hops();
    write_changes();
    write_not_accepted();
    write_kernel_routes(member(model_, "kernel_routes"), out_);
  }

 private:
  static std::string why(const json& candidate) {
    const std::string value = text(candidate, "value", "");
    const std::string reason = text(candidate, "reason", "");
    if (value.empty()) {
      return reason.empty() ? "best" : reason;
    }
    const std::string rule = text(candidate, "rule", "");
    const std::string better = text(candidate, "better");
    const std::string source = text(candidate, "better_source");
    // What a local route is, its source says as well: not "kernel of kernel".
    const bool said = (source == "kernel" || source == "originate") && better.starts_with(source);
    return fmt::format("{} {} against {}{}{}", text(candidate, "step"), value, better,
                       said ? "" : " of " + source, rule.empty() ? "" : fmt::format(" ({})", rule));
  }

  void write_candidates() {
    Table table({{""},
                 {"SOURCE", Align::Left, 0, 12},
                 {"NEXT HOP", Align::Left, 2},
                 {"LPREF", Align::Right, 3},
                 {"MED", Align::Right, 4},
                 {"AS PATH", Align::Left, 1, 12},
                 {"WHY", Align::Left, 0, 48}},
                2);
    for (const json& candidate : member(model_, "candidates")) {
      table.add({Cell(marks(candidate), marks_style(candidate)), text_or_dash(candidate, "source"),
                 next_hop(candidate), text(candidate, "local_preference"), text(candidate, "med"),
                 path_and_origin(candidate), why(candidate)});
    }
    if (table.held() > 0) {
      out_.write("\n");
      table.flush(out_);
    }
  }

  void write_next_hops() {
    std::map<std::string, std::string> next_hops;
    for (const json& candidate : member(model_, "candidates")) {
      if (const json& hop = member(candidate, "next_hop_resolution"); hop.is_object()) {
        next_hops.emplace(text(hop, "address"), text(hop, "text"));
      }
    }
    if (next_hops.empty()) {
      return;
    }
    heading(out_, "Next hops");
    for (const auto& [address, resolution] : next_hops) {
      out_.write(fmt::format("    {}: {}\n", printable(address), printable(resolution)));
    }
  }

  void write_changes() {
    bool first = true;
    for (const json& candidate : member(model_, "candidates")) {
      const json& received = member(candidate, "received");
      if (!received.is_object()) {
        continue;
      }
      if (std::exchange(first, false)) {
        heading(out_, "Changed by import policy");
      }
      out_.write(fmt::format("    {}: {}\n", printable(text(candidate, "source")),
                             printable(attributes_change(received, candidate))));
    }
  }

  void write_not_accepted() {
    const json& refused = member(model_, "not_accepted");
    if (refused.empty()) {
      return;
    }
    heading(out_, "Not accepted, and would cover it");
    for (const json& path : refused) {
      out_.write(fmt::format("    {} from {}: {}\n", printable(text(path, "prefix")),
                             printable(text(path, "source")), printable(text(path, "reason"))));
    }
  }

  const json& model_;
  Output& out_;
};

/// `explain PREFIX from NAME`.
void write_from(const json& model, Output& out) {
  title(out, fmt::format("{} from {}", text(model, "prefix"), text(model, "from")));
  write_taken(model, out);
  out.write(fmt::format("  {}\n", printable(text(model, "verdict"))));
  if (!member(model, "steps").empty()) {
    out.write("\n");
    write_steps(member(model, "steps"), out);
  }
  write_kernel_routes(member(model, "kernel_routes"), out);
  for (const json& path : member(model, "paths")) {
    const bool several = member(model, "paths").size() > 1;
    heading(out,
            several ? fmt::format("Received, {} {}", text(path, "source_kind"),
                                  number(path, "path_id") == 0 ? std::string()
                                                               : "path id " + text(path, "path_id"))
                    : std::string("Received"));
    out.write(fmt::format("    {}\n\n", printable(attributes_line(member(path, "received")))));
    write_steps(member(path, "steps"), out);
    if (const json& accepted = member(path, "accepted"); accepted.is_object()) {
      const std::string change = attributes_change(member(path, "received"), accepted);
      heading(out, "After import policy");
      out.write(fmt::format("    {}\n", printable(change.empty() ? "as received" : change)));
    }
  }
}

void write_group(const json& model, Output& out) {
  const json& group = member(model, "group");
  if (!group.is_object()) {
    return;
  }
  constexpr std::size_t kNames = 8;
  std::vector<std::string> names;
  for (const json& name : member(group, "members")) {
    names.push_back(name.get<std::string>());
  }
  const std::size_t more = names.size() > kNames ? names.size() - kNames : 0;
  names.resize(names.size() - more);
  std::string list;
  for (const std::string& name : names) {
    list += (list.empty() ? "" : " ") + name;
  }
  heading(out, fmt::format("Update group {}", text(group, "id")));
  out.write(fmt::format("    {}\n    members: {}{}\n", printable(text(group, "type")),
                        printable(list), more == 0 ? "" : fmt::format(" and {} more", more)));
  out.write(fmt::format("    {}, {} in the neighbor's write queue\n",
                        number(group, "backlog") == 0
                            ? std::string("up to date")
                            : plural(number(group, "backlog"), "change") + " to go",
                        octets(number(model, "write_queue_octets"))));
}

/// `explain PREFIX to NAME`.
void write_to(const json& model, Output& out) {
  title(out, fmt::format("{} to {}", text(model, "prefix"), text(model, "to")));
  write_taken(model, out);
  out.write(fmt::format("  {}\n\n", printable(text(model, "verdict"))));
  write_steps(member(model, "steps"), out);
  if (const json& best = member(model, "best"); best.is_object()) {
    heading(out, "Best path");
    out.write(fmt::format("    {}\n", printable(attributes_line(best))));
  }
  if (const json& sent = member(model, "sent"); sent.is_object()) {
    heading(out, "Sent");
    out.write(fmt::format("    {}\n", printable(attributes_line(sent))));
  }
  write_group(model, out);
}

/// `explain neighbor NAME`.
void write_neighbor(const json& model, Output& out) {
  title(out, fmt::format("session with {}", text(model, "neighbor")));
  out.write(fmt::format("  {}\n\n", printable(text(model, "verdict"))));
  write_steps(member(model, "steps"), out);
  if (const json& advice = member(model, "advice"); !advice.empty()) {
    heading(out, "What to do");
    for (const json& one : advice) {
      out.write(fmt::format("    {}\n", printable(one.get<std::string>())));
    }
  }
}

class AnyExplainView final : public View {
 public:
  bool end(const json& model, Output& out) override {
    if (model.contains("neighbor")) {
      write_neighbor(model, out);
    } else if (model.contains("from")) {
      write_from(model, out);
    } else if (model.contains("to")) {
      write_to(model, out);
    } else {
      ExplainView(model, out).write();
    }
    return explains_something(model);
  }
};

}  // namespace

bool explains_something(const json& model) {
  if (model.contains("neighbor")) {
    return true;
  }
  if (model.contains("from")) {
    return !member(model, "paths").empty();
  }
  return model.contains("to") ? member(model, "best").is_object()
                              : !member(model, "candidates").empty();
}

std::unique_ptr<View> make_explain_view() {
  return std::make_unique<AnyExplainView>();
}

}  // namespace pipit::cli
