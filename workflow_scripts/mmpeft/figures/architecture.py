def architecture(data, spec):
    raise NotImplementedError
