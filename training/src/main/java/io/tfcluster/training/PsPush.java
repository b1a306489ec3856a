package io.tfcluster.training;

/**
 * What a worker tells rank 0 about what it put on the servers.
 *
 * @param mark initialisation that its variables came from
 * @param fit which call of fit it is in, from 1
 * @param step global step that its gradients were computed at
 * @param number of this push; the answer carries it
 * @param rows how many, 0 if it only joins
 * @param rests whether nothing comes after these rows until all have ended their epoch
 * @param ended whether nothing comes after these rows at all; then it rests, too
 * @param due what rank 0's clock says is due
 */
record PsPush(long mark, long fit, long step, int rank, long number, long rows, boolean rests, boolean ended, int due) {
    long[] numbers() {
        return new long[] {mark, fit, step, rank, number, rows, rests ? 1 : 0, ended ? 1 : 0, due};
    }

    static PsPush of(long[] numbers) {
        return new PsPush(
                numbers[0],
                numbers[1],
                numbers[2],
                (int) numbers[3],
                numbers[4],
                numbers[5],
                numbers[6] != 0,
                numbers[7] != 0,
                (int) numbers[8]);
    }
}
