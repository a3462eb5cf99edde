package io.github.ift4j.jlama.kernel;

import io.github.ift4j.jlama.kernel.Gemm.Form;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;

/** The three products of a linear layer in training. */
public class GemmBenchmark extends KernelBenchmark {
    /** Which layer. */
    @Param
    public Product product;

    private Gemm gemm;
    private Matrix input;
    private Matrix weight;
    private Matrix output;
    private Matrix weightGradient;

    @Override
    protected void prepare() {
        gemm = new VectorGemm(workers);
        input = gaussian(product.rows(), product.inputs());
        weight = gaussian(product.outputs(), product.inputs());
        output = gaussian(product.rows(), product.outputs());
        weightGradient = zeros(product.outputs(), product.inputs());
    }

    @Override
    protected void release() {
        gemm.close();
    }

    /** Output [rows, out] = input [rows, in] · weight [out, in]ᵀ. */
    @Benchmark
    public void forward(Operations operations) {
        gemm.multiply(Form.A_BT, input, weight, output, false);
        count(operations);
    }

    /** Gradient of the input [rows, in] = gradient of the output [rows, out] · weight [out, in]. */
    @Benchmark
    public void inputGradient(Operations operations) {
        gemm.multiply(Form.A_B, output, weight, input, false);
        count(operations);
    }

    /** Gradient of the weight [out, in] += gradient of the output [rows, out]ᵀ · input [rows, in]. */
    @Benchmark
    public void weightGradient(Operations operations) {
        gemm.multiply(Form.AT_B, output, input, weightGradient, true);
        count(operations);
    }

    private void count(Operations operations) {
        operations.addProduct(product.rows(), product.outputs(), product.inputs());
    }
}
