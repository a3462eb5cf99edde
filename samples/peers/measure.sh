#!/usr/bin/env bash
# Measures the figures of ift-jlama/docs/performance.md: for each row two commands in turn, all rows five times, and the medians.
#
#   samples/peers/measure.sh                                       # prints the tables; an hour or so on two cores
#   samples/peers/measure.sh --write ift-jlama/docs/performance.md # puts them into the page, too
#
#   --rows REGEX   only rows whose name matches, the others as they were measured before
#   --runs N       runs of each command, 5; 0 only prints what has been measured
#   --out DIR      where raw results are kept, one JSON line a run; runs that are there are not repeated: target/peers
#   --write FILE   replace what stands between the lines "measured: begin" and "measured: end"
#   --under CMD    start each measured command with it ("taskset -c 0,1")
#   --python CMD   a Python that has PyTorch, /usr/bin/python3
#
# A command that cannot run here (no PyTorch, an option that this version lacks) leaves its place in the table empty.
set -euo pipefail

here=$(cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname "$(dirname "$here")")

runs=5 wanted='' out=$root/target/peers page='' under=() python=/usr/bin/python3
while (($# > 0)); do
    (($# > 1)) || { echo "measure: $1 needs a value" >&2 && exit 2; }
    case $1 in
        --runs) runs=$2 ;;
        --rows) wanted=$2 ;;
        --out) out=$2 ;;
        --write) page=$2 ;;
        --under) read -ra under <<< "$2" ;;
        --python) python=$2 ;;
        *) echo "measure: unknown option $1" >&2 && exit 2 ;;
    esac
    shift 2
done
unset OPENBLAS_CORETYPE # the library knows the processor
mkdir -p "$out"
readonly raw=$out/measured.jsonl
touch "$raw"

readonly SECONDS_A_STEP='seconds_per_step' MIB='peak_rss_mb'
readonly PREFILL='prefill_tokens_per_second' DECODE='decode_tokens_per_second'

# name | what | field | left command | right command
# Commands begin with "ift" or "torch"; a row without a right command has no peer.
rows() {
    local method batch name
    for method in sft ift; do
        name=$(upper "$method")
        local step="--shape 15m --method $method --batch 4 --length 256 --steps 22"
        echo "15m-b4-$method|$name, 15m, 4 x 256 tokens|$SECONDS_A_STEP|ift bench $step|torch $step --keep-memory"
    done
    for batch in 1 4; do
        for method in sft ift; do
            name=$(upper "$method")
            local step="--shape 135m --method $method --batch $batch --length 256 --steps 5"
            echo "135m-b$batch-$method|$name, 135m, $batch x 256 tokens|$SECONDS_A_STEP|ift bench $step|torch $step --keep-memory"
        done
    done
    for method in sft ift; do
        name=$(upper "$method")
        local short="--shape 15m --method $method --batch 4 --length 256" long="--shape 135m --method $method --batch 4 --length 256"
        echo "15m-as-it-is-$method|$name, 15m, 4 x 256, PyTorch as it comes|$SECONDS_A_STEP|ift bench $short --steps 22|torch $short"
        echo "135m-as-it-is-$method|$name, 135m, 4 x 256, PyTorch as it comes|$SECONDS_A_STEP|ift bench $long --steps 5|torch $long --steps 5"
    done
    local ift='--shape 135m --method ift --batch 4 --length 256 --steps 5'
    local sft='--shape 135m --method sft --batch 4 --length 256 --steps 5'
    echo "lora-time|IFT with LoRA of rank 8, 135m, 4 x 256|$SECONDS_A_STEP|ift bench $ift --lora-rank 8|torch $ift --lora-rank 8 --keep-memory"
    echo "memory-full|memory, IFT, 135m, 4 x 256|$MIB|ift bench $ift|torch $ift"
    echo "memory-lora|memory, the same with LoRA of rank 8|$MIB|ift bench $ift --lora-rank 8|torch $ift --lora-rank 8"
    echo "prompt-half|SFT (left) and IFT (right), half is prompt|$SECONDS_A_STEP|ift bench $sft|ift bench $ift"
    echo "prompt-90|SFT (left) and IFT (right), 90 % is prompt|$SECONDS_A_STEP|ift bench $sft --prompt-fraction 0.9|ift bench $ift --prompt-fraction 0.9"
    echo "recompute-time|activations kept (left) or computed again (right)|$SECONDS_A_STEP|ift bench $ift|ift bench $ift --recompute"
    echo "recompute-memory|memory of the same|$MIB|ift bench $ift|ift bench $ift --recompute"
    echo "gemm|vector (left) and oneDNN bf16 (right) products|$SECONDS_A_STEP|ift bench $ift|ift bench $ift --gemm onednn"
    local format answer='--shape 135m --generate --prompt-tokens 512 --new-tokens 64'
    echo "prefill-f32|reading a prompt of 512 tokens, f32|$PREFILL|ift bench $answer|"
    echo "decode-f32|writing one answer, f32|$DECODE|ift bench $answer|"
    for format in bf16 q8 q4; do
        echo "prefill-$format|reading a prompt of 512 tokens, $format|$PREFILL|ift bench $answer --weights $format|"
        echo "decode-$format|writing one answer, $format|$DECODE|ift bench $answer --weights $format|"
    done
    echo "streams|writing one (left) and eight (right) answers|$DECODE|ift bench $answer|ift bench $answer --streams 8"
}

upper() { tr '[:lower:]' '[:upper:]' <<< "$1"; } # older shells have no ${1^^}

has_run() { grep -qF "{\"run\":$2,\"command\":\"$1\"," "$raw"; }

# Runs $1 for the ${2}th time unless it has been.
measure() {
    local command=$1 run=$2 words result
    [[ -n $command ]] && ! has_run "$command" "$run" || return 0
    read -ra words <<< "$command"
    case ${words[0]} in
        ift) words=("$root/samples/bin/ift" "${words[@]:1}") ;;
        torch) words=("$python" "$here/torch_step.py" "${words[@]:1}") ;;
    esac
    if result=$(${under[@]+"${under[@]}"} "${words[@]}" 2> "$out/stderr.log"); then
        printf '{"run":%d,"command":"%s","result":%s}\n' "$run" "$command" "$(tail -n 1 <<< "$result")" >> "$raw"
    else
        echo "cannot run: $command: $(tail -n 1 "$out/stderr.log")" >&2
    fi
}

# The median of a field over the runs of a command; empty where there is none.
median() {
    [[ -n $1 ]] || return 0
    { grep -F "\"command\":\"$1\"," "$raw" || true; } | sed -n 's/.*"'"$2"'": *\([0-9.eE+-]*\).*/\1/p' | sort -g \
        | awk '{ v[NR] = $1 } END { if (NR) print (NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2) }'
}

# How often a command was run.
count() { grep -cF "\"command\":\"$1\"," "$raw" || true; }

# A number with its unit.
show() {
    awk -v value="$1" -v field="$2" 'BEGIN {
        if (value == "") print "–"
        else if (field == "seconds_per_step") printf "%.3f s\n", value
        else if (field == "peak_rss_mb") printf "%.0f MiB\n", value
        else printf "%.0f tokens/s\n", value
    }'
}

ratio() { awk -v a="$1" -v b="$2" 'BEGIN { if (a == "" || b == "") print "–"; else printf "%.2f\n", b / a }'; }

# "ift …" and "torch …" as a reader of the page would type them.
typed() {
    case $1 in
        '') echo '–' ;;
        ift*) echo "\`samples/bin/$1\`" ;;
        torch*) echo "\`python3 samples/peers/torch_step.py${1#torch}\`" ;;
    esac
}

machine() {
    local cpu cores java
    cpu=$(sed -n 's/^model name[^:]*: *//p' /proc/cpuinfo 2> /dev/null | head -n 1 || true)
    [[ -n $cpu ]] || cpu=$(sysctl -n machdep.cpu.brand_string 2> /dev/null || uname -m)
    cores=$(getconf _NPROCESSORS_ONLN)
    java=$(sed -n 's/^JAVA_RUNTIME_VERSION="\(.*\)"/\1/p' "$("$root/samples/bin/find-jdk")/release")
    local torch
    torch=$(sed -n 's/.*"peer": *"\([^"]*\)".*/\1/p' "$raw" | tail -n 1)
    echo "$cpu, $cores cores, $(uname -s) $(uname -m), Java $java${torch:+, $torch}, $(date +%Y-%m-%d)."
    echo 'Medians; "runs" counts those of each side.'
}

report() {
    local name what field left right a b
    machine
    echo
    echo '| | what | ours, or left | peer, or right | right / left | runs |'
    echo '| --- | --- | --- | --- | --- | --- |'
    while IFS='|' read -r name what field left right; do
        a=$(median "$left" "$field") b=$(median "$right" "$field")
        echo "| $name | $what | $(show "$a" "$field") | $(show "$b" "$field") | $(ratio "$a" "$b") | $(count "$left")${right:+, $(count "$right")} |"
    done < <(rows)
    echo
    echo 'The commands:'
    echo
    echo '| | left | right |'
    echo '| --- | --- | --- |'
    while IFS='|' read -r name what field left right; do
        echo "| $name | $(typed "$left") | $(typed "$right") |"
    done < <(rows)
}

"$root/samples/bin/ift" --version > /dev/null # builds what is stale, before the clock runs
# All rows once, then all of them again: the runs that rows compare are minutes apart, and each row has the same number of them.
for ((run = 1; run <= runs; run++)); do
    while IFS='|' read -r name what field left right; do
        [[ -z $wanted || $name =~ $wanted ]] || continue
        echo "$name $run/$runs" >&2
        measure "$left" "$run" < /dev/null
        measure "$right" "$run" < /dev/null
    done < <(rows)
done

tables=$(report)
echo "$tables"
if [[ -n $page ]]; then
    printf '%s\n' "$tables" > "$out/tables.md"
    awk -v tables="$out/tables.md" '
        /<!-- measured: begin/ { print; while ((getline line < tables) > 0) print line; inside = 1 }
        /<!-- measured: end/ { inside = 0 }
        !inside { print }' "$page" > "$out/page.md"
    cp "$out/page.md" "$page"
fi
