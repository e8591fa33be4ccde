#!/bin/sh
# Runs on the executor, in a folder that holds what was approved and nothing else.
set -eu
echo "deploying $1 with $(cat settings.conf)"
echo "HOME=${HOME:?} CREDENTIAL_OF_THE_CALLER=${CREDENTIAL_OF_THE_CALLER-none}"
