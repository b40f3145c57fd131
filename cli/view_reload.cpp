// Answers about configurations: reload, rollback, dry run, check, difference, history.
#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "cli/fields.hpp"
#include "cli/layout.hpp"
#include "cli/table.hpp"
#include "cli/view.hpp"
#include "cli/wording.hpp"

namespace pipit::cli {

void write_diagnostics(const nlohmann::json& result, Output& out) {
  std::string diagnostics = printable(text(result, "diagnostics", ""), true);
  if (!diagnostics.empty() && !diagnostics.ends_with('\n')) {
    diagnostics += '\n';
  }
  out.write(diagnostics);
}

namespace {

using nlohmann::json;

/// "Neighbors added" and so on; false when there are none.
bool write_neighbors(const json& result, Output& out) {
  bool any = false;
  for (const char* key : {"added", "removed", "reset", "updated"}) {
    const std::string names = joined(member(result, key), " ");
    any = any || !names.empty();
    line(out, fmt::format("Neighbors {}", key), names);
  }
  return any;
}

class ReloadView final : public View {
 public:
  explicit ReloadView(const char* done) : done_(done) {}

  bool end(const json& result, Output& out) override {
    write_diagnostics(result, out);
    if (!flag(result, "ok")) {
      out.write(out.styled(Style::Bad, fmt::format("not {}: nothing has changed", done_)) + "\n");
      return false;
    }
    const bool changed = write_neighbors(result, out);
    out.write(fmt::format("{}, {}{}\n", done_, plural(number(result, "keys"), "change"),
                          changed ? "" : ", no neighbor changed"));
    if (member(result, "confirm_until").is_string()) {
      out.write(
          out.styled(Style::Notice, fmt::format("! it goes back at {} unless `pipit confirm` comes",
                                                text(result, "confirm_until"))) +
          "\n");
    }
    return true;
  }

 private:
  const char* done_;
};

class CheckView final : public View {
 public:
  bool end(const json& result, Output& out) override {
    write_diagnostics(result, out);
    const bool ok = flag(result, "ok");
    out.write(ok ? out.styled(Style::Good, "the configuration is fine") + "\n"
                 : out.styled(Style::Bad, "the configuration has errors") + "\n");
    return ok;
  }
};

/// "- path: before" and "+ path: after".
void write_change(const json& change, std::string_view margin, Output& out) {
  const std::string path = text(change, "path");
  for (const char* side : {"before", "after"}) {
    const bool before = side == std::string_view("before");
    const std::string value = text(change, side, "");
    if (!value.empty()) {
      out.write(fmt::format(
          "{}{}\n", margin,
          out.styled(before ? Style::Bad : Style::Good,
                     printable(fmt::format("{} {}: {}", before ? '-' : '+', path, value)))));
    }
  }
}

class ConfigDiffView final : public View {
 public:
  void row(const json& row, Output& out) override {
    write_change(row, "", out);
    const std::string effects = joined(member(row, "effects"), ", ");
    if (!effects.empty()) {
      out.write(out.styled(Style::Dim, fmt::format("    a reload: {}", printable(effects))) + "\n");
    }
    ++rows_;
  }

  bool end(const json& /*last*/, Output& out) override {
    if (rows_ == 0) {
      out.write("nothing is different\n");
    }
    return true;
  }

 private:
  std::size_t rows_ = 0;
};

class HistoryView final : public View {
 public:
  void row(const json& row, Output& out) override {
    const json& requester = member(row, "requester");
    std::string by = text(row, "by");
    if (requester.is_object()) {
      const std::string user = text(requester, "user", "");
      by += fmt::format(" by {} (pid {})", user.empty() ? "uid " + text(requester, "uid") : user,
                        text(requester, "pid"));
    }
    const char* note = flag(row, "running") ? ", running" : flag(row, "kept") ? "" : ", not kept";
    out.write(out.styled(Style::Strong, printable(fmt::format("{}  {}  {}{}", text(row, "number"),
                                                              text(row, "applied_at"), by, note))) +
              "\n");
    const json& changes = member(row, "first_changes");
    for (const json& change : changes) {
      write_change(change, "    ", out);
    }
    const std::uint64_t more =
        number(row, "changes") - std::min<std::uint64_t>(number(row, "changes"), changes.size());
    if (more > 0) {
      out.write(fmt::format("    and {}\n", plural(more, "more change")));
    }
    any_ = true;
  }

  bool end(const json& /*last*/, Output& out) override {
    if (!any_) {
      out.write("no configuration was applied\n");
    }
    return true;
  }

 private:
  bool any_ = false;
};

}  // namespace

std::unique_ptr<View> make_reload_view(const Invocation& invocation) {
  if (invocation.find("dry-run") != nullptr) {
    return make_dry_run_view();
  }
  return std::make_unique<ReloadView>(invocation.command->name == "reload" ? "reloaded"
                                                                           : "rolled back");
}

std::unique_ptr<View> make_check_view() {
  return std::make_unique<CheckView>();
}

std::unique_ptr<View> make_config_list_view(const Invocation& invocation) {
  if (invocation.find("history") != nullptr) {
    return std::make_unique<HistoryView>();
  }
  return std::make_unique<ConfigDiffView>();
}

}  // namespace pipit::cli
