#!/usr/bin/env bash
# slurm.sh up|down FOLDER: a real Slurm on this machine alone, for tests. Needs root and Debian's
# slurmctld, slurmd, slurm-client and munge; no systemd, cgroups, database or GPU.
#
# It has one node with 4 GPUs that are links to /dev/null: Slurm counts them and sets
# CUDA_VISIBLE_DEVICES, and no program can use them. FOLDER holds all state but two files that
# Slurm's commands look for in /etc/slurm, since jobs do not inherit SLURM_CONF.
set -euo pipefail

command=${1:?up or down}
folder=$(realpath --canonicalize-missing "${2:?folder of the cluster}")
host=$(hostname --short)
gpus=4
cores=8 # more than there are: else two jobs would take the whole machine
config=/etc/slurm/slurm.conf
mark="# Written by slurm.sh for tests."

write_config() {
    if [[ -e $config ]] && [[ $(head -1 "$config") != "$mark" ]]; then
        echo "$config is not ours: this machine has a Slurm of its own" >&2
        exit 2
    fi
    mkdir -p "$folder"/{state,spool,log,run,devices} /etc/slurm
    for ((gpu = 0; gpu < gpus; gpu++)); do
        ln -sfn /dev/null "$folder/devices/gpu$gpu" # a regular file would not count as a device
    done
    cat >"$config" <<CONF
$mark
ClusterName=test
SlurmctldHost=$host(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
CredType=cred/munge
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool
SlurmctldPidFile=$folder/run/slurmctld.pid
SlurmdPidFile=$folder/run/slurmd.pid
SlurmctldLogFile=$folder/log/slurmctld.log
SlurmdLogFile=$folder/log/slurmd.log
MailProg=/bin/true
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SchedulerType=sched/backfill
SchedulerParameters=batch_sched_delay=0,bf_interval=5,sched_interval=5
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SlurmdParameters=config_overrides
MinJobAge=3600
KillWait=5
SlurmdTimeout=20
ReturnToService=2
JobRequeue=0
GresTypes=gpu
NodeName=$host NodeAddr=127.0.0.1 CPUs=$cores RealMemory=64000 Gres=gpu:$gpus State=UNKNOWN
PartitionName=gpu Nodes=$host Default=YES MaxTime=INFINITE State=UP
CONF
    echo "NodeName=$host Name=gpu File=$folder/devices/gpu[0-$((gpus - 1))] Flags=nvidia_gpu_env" \
        >/etc/slurm/gres.conf
}

start_munge() {
    munge --no-input >/dev/null 2>&1 && return
    install --directory --owner munge --group munge --mode 0755 /run/munge
    if [[ ! -s /etc/munge/munge.key ]]; then
        install --owner munge --group munge --mode 0400 <(head -c 1024 /dev/urandom) /etc/munge/munge.key
    fi
    runuser --user munge -- /usr/sbin/munged
    cp /run/munge/munged.pid "$folder/run/"
}

# One real job on a GPU: when it has run, others will.
answers() {
    [[ $(sinfo --noheader --format %t 2>/dev/null) == idle ]] &&
        [[ $(timeout 5 srun --ntasks 1 --gpus 1 printenv CUDA_VISIBLE_DEVICES 2>/dev/null) == 0 ]]
}

up() {
    write_config
    start_munge
    slurmctld -c
    slurmd
    for _ in {1..300}; do
        if answers; then
            sinfo --noheader --Node --format "%N is up: %c cores, %G"
            return
        fi
        sleep 0.2
    done
    sinfo --list-reasons >&2
    tail -n 20 "$folder"/log/*.log >&2
    exit 1
}

down() {
    scancel --user root 2>/dev/null || true
    local daemon file pid
    for daemon in slurmd slurmctld munged; do
        file=$folder/run/$daemon.pid
        [[ -f $file ]] || continue
        pid=$(<"$file")
        kill "$pid" 2>/dev/null || true
        for _ in {1..100}; do
            kill -0 "$pid" 2>/dev/null || break
            sleep 0.1
        done
        kill -KILL "$pid" 2>/dev/null || true
        rm -f "$file"
    done
    rm -f "$config" /etc/slurm/gres.conf
}

case $command in
up) up ;;
down) down ;;
*)
    echo "up or down, not $command" >&2
    exit 2
    ;;
esac
